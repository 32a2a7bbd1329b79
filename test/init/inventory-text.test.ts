import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Choices } from "../../src/init/choices.js";
import { needsVip, proposedVip } from "../../src/init/endpoint.js";
import type { Found } from "../../src/init/found.js";
import { inventoryText } from "../../src/init/inventory-text.js";
import { propose } from "../../src/init/propose.js";
import { parseInventory } from "../../src/inventory/load.js";
import { balancers, found, join, machine } from "./example.js";

const textFor = (what: Found, choices: Choices, isProposal = false): string =>
  inventoryText(propose(what, choices, { isProposal }));

function omitted<T extends object, Key extends keyof T>(from: T, keys: readonly Key[]): Omit<T, Key> {
  return Object.fromEntries(Object.entries(from).filter(([key]) => !keys.includes(key as Key))) as Omit<
    T,
    Key
  >;
}

describe("the inventory that init writes", () => {
  it("for the default scenario, with a proposed VIP", () => {
    const choices = {
      join,
      loadBalancers: balancers,
      vip: { address: "10.88.0.250" },
      ssh: { user: "admin" },
    };
    expect(textFor(found, choices, true)).toMatchInlineSnapshot(`
      "# Inventory for k8s-ha, written by \`k8s-ha init --from admin@10.88.0.11\`: Kubernetes v1.37.2, 1
      # master, 1 worker. Next:
      #     k8s-ha plan -i inventory.yaml
      # All other keys have their defaults; docs/inventory.md explains them.
      #
      # For completion in editors: k8s-ha schema >inventory.schema.json, and make this the first line:
      #     # yaml-language-server: $schema=inventory.schema.json

      cluster:
        # A PROPOSAL, to be confirmed by whoever runs the network: 10.88.0.250 is in the network of eth0
        # (10.88.0.11/24), no node has it, and nothing answered to ping or ARP from master1. Whether a
        # DHCP server may assign it, or a machine that is off has it, cannot be seen from here.
        endpoint: 10.88.0.250:6443
        # Every new master gets an etcd member. To keep etcd on the first master only:
        #etcd: first-master

      # The running master is the first one.
      controlPlane:
        - name: master1
          address: 10.88.0.11
        # Becomes a master.
        - name: master2
          address: 10.88.0.12
        # Becomes a master.
        - name: master3
          address: 10.88.0.13

      loadBalancers:
        - name: lb1
          address: 10.88.0.31
        - name: lb2
          address: 10.88.0.32

      workers:
        - name: worker1
          address: 10.88.0.21

      ssh:
        user: admin
      "
    `);
  });

  it("with everything that needs a comment", () => {
    const odd: Found = {
      ...found,
      endpoint: { host: "10.88.0.11", port: 6443, addresses: ["10.88.0.11"], isInHostsFile: false },
      withoutAddress: ["worker2"],
      pinned: ["DaemonSet kube-system/cilium"],
      routerIds: [51, 52],
      etcd: "external",
      etcdServers: ["https://10.88.0.41:2379"],
      isCgroupV1Refused: true,
      hasPatches: true,
    };
    const choices = {
      join: [],
      vip: { address: "10.88.0.100" },
      ssh: { user: "admin", port: 2222, identityFiles: ["/home/a b/key"] },
    };
    const text = inventoryText(
      propose(odd, choices, { isProposal: false, masterSsh: { address: "m1.example.org" } }),
    );
    expect(text).toMatchInlineSnapshot(`
      "# Inventory for k8s-ha, written by \`k8s-ha init --from admin@10.88.0.11\`: Kubernetes v1.37.2, 1
      # master, 1 worker. Next:
      #     k8s-ha plan -i inventory.yaml
      # All other keys have their defaults; docs/inventory.md explains them.
      #
      # For completion in editors: k8s-ha schema >inventory.schema.json, and make this the first line:
      #     # yaml-language-server: $schema=inventory.schema.json

      cluster:
        # The cluster's endpoint is 10.88.0.11:6443, which is master1 itself; its clients move to this
        # one.
        # Port 8443, because the apiservers use 6443 on the load balancers' machines.
        endpoint: 10.88.0.100:8443
        # etcd is external and stays so: https://10.88.0.41:2379. It is not in this file.
        #etcd: stacked
        # These name the first master, and fail with it: DaemonSet kube-system/cilium. To change them too
        # (docs/add-ons.md):
        #addOns: patch

      # The running master is the first one.
      # With a single master, the cluster gets an endpoint, and still fails with it. For three masters,
      # add two fresh machines here (\`--join\`), each with name and address.
      # A machine that you reach at another address than the one that nodes use needs it as ssh.address.
      controlPlane:
        - name: master1
          address: 10.88.0.11
          ssh:
            address: m1.example.org

      # haproxy and keepalived run on the masters, because no machines were named for them (\`--lb\`). With
      # a single master, the VIP cannot move to another machine. For dedicated machines, list two here
      # with name and address; for a load balancer that exists, \`--lb external\`.
      loadBalancers:
        - master: master1

      loadBalancer:
        # VRRP routers of this network use the ids 51, 52; this one was not heard.
        virtualRouterId: 53

      # The node worker2 has no InternalIP in the masters' IP family, and is missing here. Where its
      # address is from: kubectl get node worker2 -o jsonpath='{.status.addresses}'
      workers:
        - name: worker1
          address: 10.88.0.21

      # master1 uses cgroup v1, and kubeadm v1.37.2 joins no such machine. If the new ones do too:
      #kubeadm: { ignorePreflightErrors: [SystemVerification] }
      # master1 has patches for its static pods. If the new masters have the same directory:
      #kubeadm: { patches: /etc/kubernetes/patches }

      ssh:
        user: admin
        port: 2222
        identityFiles: [/home/a b/key]
      "
    `);
  });

  it("is valid, whatever is found", () => {
    const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/);
    const four = fc.tuple(
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 0, max: 255 }),
      fc.integer({ min: 1, max: 254 }),
    );
    const nodes = fc.uniqueArray(
      fc.record({
        name: fc.tuple(name, fc.nat(9)).map((p) => `n${p.join("")}`),
        at: four,
        isMaster: fc.boolean(),
      }),
      {
        minLength: 1,
        maxLength: 6,
        selector: (node) => node.name,
      },
    );
    const endpoint = fc.record({
      host: fc.constantFrom("api.example.org", "10.99.0.1", "10.1.0.1", "first"),
      port: fc.integer({ min: 1, max: 65535 }),
      addresses: fc.constantFrom([], ["10.99.0.1"], ["10.1.0.1"]),
      isInHostsFile: fc.boolean(),
    });
    // Without what is not always found.
    const bare = omitted(found, ["pinned", "routerIds", "network"]);
    const anything = fc.string({ unit: "binary" });
    const all = fc.record({
      nodes,
      endpoint: fc.option(endpoint, { nil: undefined }),
      text: fc.array(anything, { maxLength: 3 }),
      pinned: fc.option(fc.array(anything, { maxLength: 12 }), { nil: undefined }),
      routerIds: fc.option(fc.array(fc.integer({ min: 0, max: 255 })), { nil: undefined }),
      etcd: fc.constantFrom("stacked", "first-master", "external"),
      flags: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
      balancers: fc.constantFrom(undefined, "external" as const, balancers),
      joining: fc.boolean(),
      hasNetwork: fc.boolean(),
    });
    fc.assert(
      fc.property(all, (given) => {
        // The addresses are distinct: 10.1.N.x.
        const list = given.nodes.map(({ name: own, at, isMaster }, i) => ({
          name: own,
          address: `10.1.${i}.${i === 0 ? 1 : at[2]}`,
          isMaster: isMaster || i === 0,
        }));
        const [first, ...others] = list;
        if (first === undefined) return;
        const what: Found = {
          ...bare,
          from: given.text[0] ?? "m1",
          nodes: [first, ...others],
          withoutAddress: given.text,
          free: ["10.1.0.250"],
          etcd: given.etcd,
          etcdServers: given.text,
          isCgroupV1Refused: given.flags[0],
          hasPatches: given.flags[1],
          ...(given.endpoint !== undefined && {
            endpoint: {
              ...given.endpoint,
              host: given.endpoint.host === "first" ? first.name : given.endpoint.host,
            },
          }),
        };
        const seen: Found = {
          ...what,
          ...(given.pinned !== undefined && { pinned: given.pinned }),
          ...(given.routerIds !== undefined && { routerIds: given.routerIds }),
          ...(given.hasNetwork && { network: { interface: "eth0", prefixLength: 24 } }),
        };
        const masters = list.filter(({ isMaster }) => isMaster).length;
        const own = given.joining ? [machine("j1", "10.1.9.1"), machine("j2", "10.1.9.2")] : [];
        // Two masters are refused, with a sentence of the schema.
        fc.pre(masters + own.length !== 2 || given.etcd === "first-master");
        const choices: Choices = {
          join: own,
          ssh: {},
          ...(given.balancers !== undefined && { loadBalancers: given.balancers }),
        };
        const address = proposedVip(seen, choices) ?? "";
        const chosen = needsVip(seen, choices) ? { ...choices, vip: { address } } : choices;
        // An existing endpoint may have a port that haproxy cannot use on masters; the schema says so then.
        fc.pre(
          given.endpoint === undefined ||
            [6443, 443, 8443].includes(given.endpoint.port) ||
            given.balancers === "external",
        );
        const { inventory } = parseInventory(textFor(seen, chosen, true), "inventory.yaml");
        expect(inventory.controlPlane[0]).toMatchObject({ name: first.name, address: first.address });
        expect(inventory.workers).toHaveLength(list.length - masters);
      }),
    );
  });
});
