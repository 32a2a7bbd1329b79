import { describe, expect, it } from "vitest";
import { external, minimal, six } from "./minimal.js";
import { problems } from "./problems.js";

describe("rules between keys", () => {
  it.each([
    [
      "a VIP of the other family",
      minimal.replace("192.168.1.100:6443", "'[fd00:88::100]:6443'"),
      "2:13: cluster.endpoint: fd00:88::100 is IPv6, and the first master's address 192.168.1.11 is IPv4; all addresses and the VIP must be in one IP family",
    ],
    [
      "a name's VIP of the other family",
      minimal.replace("192.168.1.100:6443", "api.example.org:6443\n  vip: fd00:88::100"),
      "3:8: cluster.vip: fd00:88::100 is IPv6, and",
    ],
    [
      "a machine of the other family",
      minimal.replace("192.168.1.21", "fd00:88::21"),
      "8:14: loadBalancers[0].address: fd00:88::21 is IPv6, and",
    ],
    [
      "a second address of the same family",
      minimal.replace("192.168.1.11\n", "192.168.1.11\n    secondAddress: 192.168.2.11\n"),
      "6:20: controlPlane[0].secondAddress: 192.168.2.11 is in the same IP family as 192.168.1.11",
    ],
    [
      "a second address twice",
      minimal.replace(
        "192.168.1.11\n",
        "192.168.1.11\n    secondAddress: fd00::1\nworkers:\n  - { name: w, address: 192.168.1.31, secondAddress: 'FD00:0::1' }\n",
      ),
      "8:54: workers[0].secondAddress: fd00::1 is already used by controlPlane[0]",
    ],
    [
      "a first master of the other family",
      six.replace("fd00:88::11", "192.168.1.11").replace(/lb-1[^]*/, "lb-1\n    address: 192.168.1.21\n"),
      "2:13: cluster.endpoint: fd00:88::100 is IPv6, and",
    ],
    [
      "an address twice",
      minimal.replace("192.168.1.21", "192.168.1.11"),
      "8:14: loadBalancers[0].address: 192.168.1.11 is already used by controlPlane[0]; for a load balancer on a master, set only `master: NAME`",
    ],
    [
      "a name twice",
      minimal.replace("lb-1", "master-1"),
      "7:11: loadBalancers[0].name: master-1 is already used by controlPlane[0]",
    ],
    [
      "a name without the VIP",
      minimal.replace("192.168.1.100:", "api.example.org:"),
      "2:13: cluster.endpoint: requires cluster.vip, the address of the endpoint's name",
    ],
    [
      "a host's name as the endpoint",
      minimal.replace("192.168.1.100:6443", "master-1:6443\n  vip: 192.168.1.100"),
      "2:13: cluster.endpoint: master-1 is the name of controlPlane[0]; the endpoint needs a name of its own",
    ],
    [
      "a host's address as the VIP",
      minimal.replace("192.168.1.100:6443", "api.example.org:6443\n  vip: 192.168.1.11"),
      "3:8: cluster.vip: 192.168.1.11 is the address of controlPlane[0]",
    ],
    [
      "two addresses",
      minimal.replace("6443\n", "6443\n  vip: 192.168.1.101\n"),
      "3:8: cluster.vip: cluster.endpoint is already an address, 192.168.1.100; omit vip",
    ],
    [
      "a hosts entry for an address",
      minimal.replace("6443\n", "6443\n  hostsEntry: true\n"),
      "3:15: cluster.hostsEntry: cluster.endpoint is an address, so no hosts entry is needed; omit hostsEntry",
    ],
    [
      "a hosts entry for a name of unknown address",
      external.replace("192.168.1.100:6443\n", "api.example.org:6443\n  hostsEntry: true\n"),
      "3:15: cluster.hostsEntry: requires cluster.vip",
    ],
    [
      "a name to advertise",
      external.replace("192.168.1.100:6443\n", "api.example.org:6443\n  advertise: endpoint\n"),
      "3:14: cluster.advertise: requires cluster.vip",
    ],
    [
      "a host's address as the endpoint",
      minimal.replace("1.100:", "1.21:"),
      "2:13: cluster.endpoint: 192.168.1.21 is the address of loadBalancers[0]",
    ],
    [
      "two masters",
      minimal.replace("loadB", "  - { name: m2, address: 192.168.1.12 }\nloadB"),
      "4:3: controlPlane: two masters tolerate no failure",
    ],
    [
      "an encrypted copy without a pass phrase",
      `${minimal}backup:\n  operatorCopy: encrypted\n`,
      "10:17: backup.operatorCopy: encrypted requires backup.passphraseFile",
    ],
  ])("%s", (_what, text, message) => {
    const found = problems(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`inventory.yaml:${message}`);
  });
});
