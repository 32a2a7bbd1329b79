import { describe, expect, it } from "vitest";
import { joinSettings, joinSettingsProblems } from "../../../src/steps/preflight/join-settings.js";
import { Sandbox } from "../../machine/sandbox.js";
import { labInventory, type Overrides, six } from "../inventory.js";

const FORWARD = "net.ipv4.ip_forward";
const BRIDGE = "net.bridge.bridge-nf-call-iptables";
const FORWARD_SIX = "net.ipv6.conf.default.forwarding";
const BRIDGE_SIX = "net.bridge.bridge-nf-call-ip6tables";
const ALL = [FORWARD, BRIDGE, FORWARD_SIX, BRIDGE_SIX, "swap"];
const nodes = [11, 21].map((number) => ({
  metadata: { name: `node-${number}` },
  status: { addresses: [{ type: "InternalIP", address: `10.88.0.${number}` }] },
}));

describe("joinSettings", () => {
  it("are read on the machines that have yet to join", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("sysctl", `[ "$2" = ${FORWARD} ] || [ "$2" = ${FORWARD_SIX} ] && echo 1`);
    sandbox.answer("wc", "echo 1");
    sandbox.answer("stat", "echo cgroup2fs");
    const { found } = await joinSettings(sandbox.fleet().look(), nodes, ["master3"]);
    expect(found).toEqual([["master2", [BRIDGE, BRIDGE_SIX]]]);
  });

  it("detect swap from the kernel's list below its heading", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("sysctl", "echo 1");
    sandbox.answer("wc", "echo 2");
    sandbox.answer("stat", "echo cgroup2fs");
    const { found } = await joinSettings(sandbox.fleet().look(), nodes, ["master3"]);
    expect(found).toEqual([["master2", ["swap"]]]);
  });
});

it("detects cgroup v1 by the file system of its mount", async () => {
  using sandbox = new Sandbox();
  sandbox.answer("sysctl", "echo 1");
  sandbox.answer("wc", "echo 1");
  sandbox.answer("stat", "echo tmpfs");
  const { found } = await joinSettings(sandbox.fleet().look(), nodes, ["master3"]);
  expect(found).toEqual([["master2", ["cgroup-v1"]]]);
});

describe("joinSettingsProblems", () => {
  it("reports cgroup v1 from 1.35 on, unless the operator has kubeadm ignore it", () => {
    const refused = (version: string, ...ignorePreflightErrors: string[]) =>
      joinSettingsProblems(
        new Map([["master2", ["cgroup-v1"]]]),
        version,
        labInventory({ kubeadm: { ignorePreflightErrors } }),
      );
    expect(refused("v1.34.4")).toEqual([]);
    expect(refused("v1.35.4")).toMatchObject([{ severity: "blocker", host: "master2" }]);
    expect(refused("v1.37.2", "Swap")).toHaveLength(1);
    expect(refused("v1.37.2", "systemverification")).toEqual([]);
  });

  it("reports a new master without the operator's patches", async () => {
    const patches = "/etc/patches";
    using sandbox = new Sandbox(labInventory({ kubeadm: { patches } }));
    sandbox.answer("sysctl", "echo 1");
    sandbox.answer("wc", "echo 1");
    sandbox.answer("stat", "echo cgroup2fs");
    const looked = async () => (await joinSettings(sandbox.fleet().look(), nodes, ["master3"])).found;
    const found = await looked();
    expect(found).toEqual([["master2", ["no-patches"]]]);
    expect(joinSettingsProblems(new Map(found), "v1.37.2", sandbox.inventory)).toMatchObject([
      { severity: "blocker", host: "master2", fix: expect.stringContaining("copy the directory") as unknown },
    ]);
    sandbox.file(`${patches}/kube-apiserver0+merge.yaml`, "metadata: {}\n");
    expect(await looked()).toEqual([["master2", []]]);
  });

  const told = (version: string, overrides: Overrides = {}, keys = ALL): string[] =>
    joinSettingsProblems(new Map([["master2", keys]]), version, labInventory(overrides)).map(
      ({ what }) => what.split(" ")[0] ?? "",
    );

  it.each([
    ["v1.20.2", [FORWARD, BRIDGE, "swap"]],
    ["v1.22.0", [FORWARD, BRIDGE, "swap"]],
    ["v1.23.0", [FORWARD, BRIDGE]],
    ["v1.29.0", [FORWARD, BRIDGE]],
    ["v1.30.0", [FORWARD]],
  ])("report what kubeadm %s requires if the endpoint has an IPv4 address", (version, wanted) => {
    expect(told(version)).toEqual(wanted);
  });

  it.each([
    ["v1.20.2", [FORWARD, BRIDGE, FORWARD_SIX, BRIDGE_SIX, "swap"]],
    ["v1.26.0", [FORWARD, BRIDGE, FORWARD_SIX, BRIDGE_SIX]],
    ["v1.27.0", [FORWARD_SIX, BRIDGE_SIX]],
    ["v1.30.0", [FORWARD_SIX]],
  ])("report what kubeadm %s requires if it has an IPv6 address", (version, wanted) => {
    expect(told(version, six)).toEqual(wanted);
  });

  it("name the host, the cause and the command", () => {
    expect(joinSettingsProblems(new Map([["master2", [BRIDGE, "swap"]]]), "v1.20.2", labInventory())).toEqual(
      [
        {
          severity: "blocker",
          host: "master2",
          what: `${BRIDGE} is not 1; kubeadm refuses to join such a machine`,
          fix: `on master2: modprobe br_netfilter && sysctl -w ${BRIDGE}=1, and add it to /etc/sysctl.d for the next boot`,
        },
        {
          severity: "blocker",
          host: "master2",
          what: "swap is on; this kubeadm version refuses to join such a machine",
          fix: "on master2: swapoff -a, and disable swap for the next boot (/etc/fstab, dphys-swapfile)",
        },
      ],
    );
    expect(told("v1.20.2", {}, [])).toEqual([]);
  });
});
