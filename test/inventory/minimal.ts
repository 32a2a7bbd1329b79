/** The shortest correct inventory; the tests change one thing at a time. */
export const minimal = `cluster:
  endpoint: 192.168.1.100:6443
controlPlane:
  - name: master-1
    address: 192.168.1.11
loadBalancers:
  - name: lb-1
    address: 192.168.1.21
`;

/** The same with IPv6. */
export const six = minimal
  .replace("192.168.1.100:6443", "'[fd00:88::100]:6443'")
  .replaceAll("192.168.1.", "fd00:88::");

/** The same with the load balancer on the master. */
export const onMaster = minimal
  .replace(":6443", ":8443")
  .replace(/ {2}- name: lb-1[^]*/, "  - master: master-1\n");

/** The same with an external load balancer. */
export const external = minimal.replace(/loadBalancers:[^]*/, "loadBalancer: external\n");
