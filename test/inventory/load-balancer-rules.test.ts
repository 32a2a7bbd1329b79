import { describe, expect, it } from "vitest";
import { external, minimal, onMaster } from "./minimal.js";
import { problems } from "./problems.js";

describe("rules for the load balancers", () => {
  it.each([
    [
      "a load balancer on an unknown master",
      onMaster.replace("master: master-1", "master: lb-1"),
      "7:13: loadBalancers[0].master: lb-1 is not in controlPlane: master-1",
    ],
    [
      "a master that is a load balancer twice",
      `${onMaster}  - master: master-1\n`,
      "8:13: loadBalancers[1].master: master-1 is already used by loadBalancers[0]",
    ],
    [
      "a kubelet's port for haproxy on the same machine",
      onMaster.replace("8443", "10250"),
      "2:13: cluster.endpoint: Kubernetes uses port 10250 on the load balancer master-1; use another port, such as 8443, or load balancers that are not masters",
    ],
    [
      "the apiserver's port for the statistics on the same machine",
      `${onMaster}loadBalancer: { stats: { port: 6443 } }\n`,
      "8:32: loadBalancer.stats.port: Kubernetes uses port 6443 on the load balancer master-1",
    ],
    [
      "the endpoint's port for the statistics, which is also the apiserver's",
      `${onMaster.replace("8443", "6443")}loadBalancer: { stats: { port: 6443 } }\n`,
      "8:32: loadBalancer.stats.port: is the endpoint's port",
    ],
    [
      "etcd's port for the statistics on the same machine",
      `${onMaster}loadBalancer: { stats: { port: 2381 } }\n`,
      "8:32: loadBalancer.stats.port: Kubernetes uses port 2381 on the load balancer master-1",
    ],
    [
      "the VIP advertised if the apiserver uses that port",
      onMaster.replace("8443\n", "8443\n  advertise: endpoint\n"),
      "3:14: cluster.advertise: pods would connect to port 6443 of the VIP",
    ],
    [
      "static pods on a machine that is not a master",
      `${minimal}loadBalancer: { runAs: static-pods }\n`,
      "7:5: loadBalancers[0]: lb-1 is not a master, and static pods run only on masters",
    ],
    [
      "static pods without one on the first master",
      `${onMaster.replace("loadB", "  - { name: m2, address: 192.168.1.12 }\n  - { name: m3, address: 192.168.1.13 }\nloadB").replace("master: master-1", "master: m2")}loadBalancer: { runAs: static-pods }\n`,
      "9:3: loadBalancers: master-1 must be in the list",
    ],
    [
      "no load balancer",
      minimal.replace(/loadBalancers:[^]*/, "loadBalancers: []\n"),
      "6:16: loadBalancers: expected at least one load balancer, or `loadBalancer: external`",
    ],
    [
      "load balancers together with an external one",
      `${minimal}loadBalancer: external\n`,
      "7:3: loadBalancers: loadBalancer is external; loadBalancers must be empty",
    ],
    [
      "a port of an external load balancer that pods do not use",
      external.replace("6443\n", "443\n  advertise: endpoint\n"),
      "3:14: cluster.advertise: pods would connect to port 6443 of the endpoint",
    ],
    [
      "the statistics on the endpoint's port",
      `${minimal.replace("6443", "8404")}loadBalancer: { maxconn: 100 }\n`,
      "9:15: loadBalancer.stats.port: is the endpoint's port",
    ],
    [
      "the monitor on the endpoint's port",
      `${minimal.replace("6443", "9000")}loadBalancer: { monitor: { port: 9000 } }\n`,
      "9:34: loadBalancer.monitor.port: is the endpoint's port",
    ],
    [
      "the monitor at the path of the statistics page",
      `${minimal}loadBalancer: { monitor: { uri: /stats } }\n`,
      "9:33: loadBalancer.monitor.uri: is the statistics page's path",
    ],
    [
      "a password without a user",
      `${minimal}loadBalancer: { stats: { passwordFile: p } }\n`,
      "9:40: loadBalancer.stats.passwordFile: requires loadBalancer.stats.user",
    ],
    [
      "a VRRP priority that a failed check cannot go below",
      `${minimal}  - { name: lb-2, address: 192.168.1.22, priority: 1 }\n`,
      "9:52: loadBalancers[1].priority: set 2 or more: a failed health check can lower the priority of another load balancer to 1, and the VIP does not move between equal priorities",
    ],
    [
      "unicast without a peer",
      `${minimal}loadBalancer: { vrrp: unicast }\n`,
      "9:23: loadBalancer.vrrp: unicast requires a second load balancer; list two, or omit vrrp",
    ],
  ])("%s", (_what, text, message) => {
    const found = problems(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`inventory.yaml:${message}`);
  });
});

it("accepts any VRRP priority for a single load balancer", () => {
  expect(problems(`${minimal}    priority: 1\n`)).toEqual([]);
});
