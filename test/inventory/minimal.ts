/** The shortest correct inventory; the tests break it one way at a time. */
export const minimal = `cluster:
  endpoint: 192.168.1.100:6443
controlPlane:
  - name: master-1
    address: 192.168.1.11
loadBalancers:
  - name: lb-1
    address: 192.168.1.21
`;
