import { describe, expect, it } from "vitest";
import { bindAddressPatch } from "../../../src/config-files/bind-address-patch.js";
import { bindAddress } from "../../../src/steps/load-balancer/bind-address.js";
import { members } from "../../../src/inventory/targets.js";
import { Fleet } from "../../../src/machine/fleet.js";
import { Sandbox } from "../../machine/sandbox.js";
import { labInventory } from "../inventory.js";
import { NOTHING, named, on, type Editable } from "../recorded.js";

const { planOf, recorded } = on("1.20.2");

type Facts = Editable<Awaited<ReturnType<typeof bindAddress.probe>>>;

const PATCH = "/etc/kubernetes/patches/kube-apiserver-bind-address+json.yaml";
const onMasters = {
  cluster: { endpoint: "10.88.0.100:6443" },
  loadBalancers: ["master1", "master2", "master3"].map((master) => ({ master })),
};
const ADDRESSES = { master1: "10.88.0.11", master2: "10.88.0.12", master3: "10.88.0.13" };
type Name = keyof typeof ADDRESSES;

const patch = (host: Name, before: string | null = null) => ({
  kind: "file",
  host,
  path: PATCH,
  content: bindAddressPatch(ADDRESSES[host]),
  mode: "0644",
  owner: "root:root",
  before,
});
const restart = (host: Name, more: object = {}) => ({
  kind: "static-pod-flag",
  host,
  flag: "bind-address",
  after: ADDRESSES[host],
  ...more,
});
/** The facts after a migration with this inventory. */
function done({ hosts }: Facts): void {
  for (const host of hosts) {
    host.bound = host.address;
    host.patch = { content: bindAddressPatch(host.address), mode: "644", owner: "root:root", modified: 0 };
  }
}

describe("bind-address", () => {
  it("restarts the only apiserver, which interrupts the API, and lets the others join with a patch", () => {
    expect(planOf(bindAddress, "fresh", undefined, onMasters)).toEqual({
      changes: [patch("master1"), restart("master1", { isOnly: true }), patch("master2"), patch("master3")],
      problems: [],
    });
    expect(bindAddress.rollout).toBe("one-by-one");
  });

  it("plans nothing if the apiservers are bound already", () => {
    expect(planOf(bindAddress, "endpoint", done, onMasters)).toEqual(NOTHING);
  });

  it.each([
    ["on dedicated machines", {}],
    ["on masters, on another port", { ...onMasters, cluster: { endpoint: "10.88.0.100:8443" } }],
  ])("plans nothing with load balancers %s", (_, overrides) => {
    expect(planOf(bindAddress, "fresh", undefined, overrides)).toEqual(NOTHING);
    expect(planOf(bindAddress, "endpoint", undefined, overrides)).toEqual(NOTHING);
  });

  it("changes nothing on masters without a load balancer", () => {
    const loadBalancers = [{ master: "master1" }, { name: "lb1", address: "10.88.0.31" }];
    const { changes } = planOf(bindAddress, "fresh", undefined, { ...onMasters, loadBalancers });
    expect(changes).toEqual([patch("master1"), restart("master1", { isOnly: true })]);
  });

  it("fixes the one apiserver that an upgrade without the patch rewrote, while the others serve", () => {
    const { changes } = planOf(
      bindAddress,
      "endpoint",
      (facts) => {
        done(facts);
        delete named(facts.hosts, "master2").bound;
      },
      onMasters,
    );
    expect(changes).toEqual([restart("master2")]);
  });

  it("shows the previous values, and replaces another address and another patch", () => {
    const { changes } = planOf(
      bindAddress,
      "endpoint",
      (facts) => {
        done(facts);
        named(facts.hosts, "master1").bound = "0.0.0.0";
        Object.assign(named(facts.hosts, "master3").patch ?? {}, { content: "[]\n" });
      },
      onMasters,
    );
    expect(changes).toEqual([restart("master1", { before: "0.0.0.0" }), patch("master3", "[]\n")]);
  });

  it("is a blocker with a kubeadm version without patches", () => {
    const { changes, problems } = planOf(
      bindAddress,
      "fresh",
      (facts) => {
        facts.clusterConfiguration = facts.clusterConfiguration.replace("v1.20.2", "v1.18.20");
      },
      onMasters,
    );
    expect(changes).toEqual([]);
    expect(problems).toEqual([
      {
        severity: "blocker",
        host: "master1",
        what: "kubeadm v1.18.20 cannot set --bind-address for each apiserver",
        fix: "upgrade the cluster to 1.19 or later, or set another port in cluster.endpoint, such as 8443",
      },
    ]);
  });

  it("requires the operator's patches in k8s-ha's patches folder", () => {
    const plan = (patches: string) =>
      planOf(bindAddress, "fresh", undefined, { ...onMasters, kubeadm: { patches } });
    expect(plan("/opt/patches")).toMatchObject({
      changes: [],
      problems: [{ severity: "blocker", fix: expect.stringContaining("move your patches") as unknown }],
    });
    expect(plan("/etc/kubernetes/patches").problems).toEqual([]);
  });

  it("is a blocker with one bind address for all apiservers", () => {
    const { changes, problems } = planOf(
      bindAddress,
      "fresh",
      (facts) => {
        facts.clusterConfiguration = facts.clusterConfiguration.replace(
          "extraArgs:\n",
          "extraArgs:\n    bind-address: 10.88.0.11\n",
        );
      },
      onMasters,
    );
    expect(changes).toEqual([]);
    expect(problems.map(({ what }) => what)).toEqual([
      "kubeadm's ClusterConfiguration sets --bind-address=10.88.0.11 for all apiservers",
    ]);
  });

  describe("on hosts", () => {
    const MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml";

    /** The state of the first master, which serves, and of a second one with an apiserver from an incomplete join. */
    async function checks(first: Sandbox, second: Sandbox) {
      first.web.api({
        "/api/v1/namespaces/kube-system/configmaps/kubeadm-config": {
          data: { ClusterConfiguration: recorded(bindAddress, "fresh").clusterConfiguration },
        },
        "/api/v1/nodes": {
          items: [
            {
              metadata: { name: "master1", labels: { "node-role.kubernetes.io/master": "" } },
              status: { addresses: [{ type: "InternalIP", address: "10.88.0.11" }] },
            },
          ],
        },
      });
      first.web.etcd([{ ID: "1", name: "master1", peerURLs: ["https://10.88.0.11:2380"] }]);
      first.file(
        MANIFEST,
        "spec:\n  containers:\n  - command:\n    - kube-apiserver\n    - --bind-address=10.88.0.11\n",
      );
      second.file(MANIFEST, "spec:\n  containers:\n  - command:\n    - kube-apiserver\n");
      const inventory = labInventory(onMasters);
      const connections = members(inventory).map(
        ({ name }) => [name, name === "master1" ? first : second] as const,
      );
      const look = new Fleet(inventory, new Map(connections)).look();
      const found = (await bindAddress.verify?.(look)) ?? [];
      return found.map(({ host, what, actual, ok }) => `${host} ${what}: ${ok ? "good" : actual}`);
    }
    const listener = (address: string): string =>
      `echo 'LISTEN 0 4096 ${address}:6443 0.0.0.0:* users:(("kube-apiserver",pid=90,fd=7))'`;

    it("verifies the patch, the manifest and the process, and only the patch before a join", async () => {
      using first = new Sandbox();
      using second = new Sandbox();
      first.answer("ss", listener("10.88.0.11"));
      first.file(PATCH, bindAddressPatch("10.88.0.11"));
      second.file(PATCH, bindAddressPatch("10.88.0.12"));
      expect(await checks(first, second)).toEqual([
        `master1 ${PATCH}: good`,
        "master1 --bind-address of the apiserver: good",
        "master1 the apiserver listens on: good",
        `master2 ${PATCH}: good`,
        `master3 ${PATCH}: different`,
      ]);
    });

    it("fails verification while the kubelet has not applied the manifest", async () => {
      using first = new Sandbox();
      using second = new Sandbox();
      first.answer("ss", listener("*"));
      expect(await checks(first, second)).toContain("master1 the apiserver listens on: *");
    });
  });
});
