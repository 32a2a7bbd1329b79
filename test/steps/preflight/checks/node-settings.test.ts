import { describe, expect, it } from "vitest";
import { nodeSettings } from "../../../../src/steps/preflight/checks/node-settings.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { labInventory, type Overrides, six } from "../../inventory.js";
import { looking, servesFreshCluster } from "../looking.js";

const FORWARD = "net.ipv4.ip_forward";
const BRIDGE = "net.bridge.bridge-nf-call-iptables";
const FORWARD_SIX = "net.ipv6.conf.default.forwarding";
const BRIDGE_SIX = "net.bridge.bridge-nf-call-ip6tables";
const ALL = [FORWARD, BRIDGE, FORWARD_SIX, BRIDGE_SIX, "swap"];

/** The settings on master2 and worker1, the machines with tools that have yet to join. */
async function settingsOf({ sysctl = "echo 1", swaps = "echo 1", cgroup = "echo cgroup2fs" }) {
  using first = new Sandbox();
  using other = new Sandbox();
  using bare = new Sandbox();
  servesFreshCluster(first);
  for (const sandbox of [other, bare]) {
    sandbox.answer("sysctl", sysctl);
    sandbox.answer("wc", swaps);
    sandbox.answer("stat", cgroup);
  }
  other.answer("kubelet", "");
  bare.lacks("kubelet");
  const fleet = looking(first, { master2: other, worker1: other, master3: bare });
  const { kubernetesVersion, settings } = await nodeSettings.probe(fleet);
  expect(kubernetesVersion).toBe("v1.20.2");
  expect(settings.failures).toEqual([]);
  return [...settings.found];
}

describe("the probe of check node-settings", () => {
  it("reads the machines that have yet to join and lack no tools", async () => {
    const sysctl = `[ "$2" = ${FORWARD} ] || [ "$2" = ${FORWARD_SIX} ] && echo 1`;
    expect(await settingsOf({ sysctl })).toEqual([
      ["master2", [BRIDGE, BRIDGE_SIX]],
      ["worker1", [BRIDGE, BRIDGE_SIX]],
    ]);
  });

  it("detects swap from the kernel's list below its heading", async () => {
    expect(await settingsOf({ swaps: "echo 2" })).toEqual([
      ["master2", ["swap"]],
      ["worker1", ["swap"]],
    ]);
  });

  it("detects cgroup v1 by the file system of its mount", async () => {
    expect(await settingsOf({ cgroup: "echo tmpfs" })).toEqual([
      ["master2", ["cgroup-v1"]],
      ["worker1", ["cgroup-v1"]],
    ]);
  });
});

describe("check node-settings", () => {
  const problemsOf = (kubernetesVersion: string, overrides: Overrides, settings: readonly string[]) =>
    nodeSettings.problems(
      { kubernetesVersion, settings: { found: new Map([["master2", settings]]), failures: [] } },
      labInventory(overrides),
    );
  const firstWords = (version: string, overrides: Overrides = {}, settings = ALL): string[] =>
    problemsOf(version, overrides, settings).map(({ what }) => what.split(" ")[0] ?? "");

  it("reports cgroup v1 from 1.35 on, unless the operator has kubeadm ignore it", () => {
    const refused = (version: string, ...ignorePreflightErrors: string[]) =>
      problemsOf(version, { kubeadm: { ignorePreflightErrors } }, ["cgroup-v1"]);
    expect(refused("v1.34.4")).toEqual([]);
    expect(refused("v1.35.4")).toMatchObject([{ severity: "blocker", host: "master2" }]);
    expect(refused("v1.37.2", "Swap")).toHaveLength(1);
    expect(refused("v1.37.2", "systemverification")).toEqual([]);
  });

  it.each([
    ["v1.20.2", [FORWARD, BRIDGE, "swap"]],
    ["v1.22.0", [FORWARD, BRIDGE, "swap"]],
    ["v1.23.0", [FORWARD, BRIDGE]],
    ["v1.29.0", [FORWARD, BRIDGE]],
    ["v1.30.0", [FORWARD]],
  ])("reports what kubeadm %s requires if the endpoint has an IPv4 address", (version, wanted) => {
    expect(firstWords(version)).toEqual(wanted);
  });

  it.each([
    ["v1.20.2", [FORWARD, BRIDGE, FORWARD_SIX, BRIDGE_SIX, "swap"]],
    ["v1.26.0", [FORWARD, BRIDGE, FORWARD_SIX, BRIDGE_SIX]],
    ["v1.27.0", [FORWARD_SIX, BRIDGE_SIX]],
    ["v1.30.0", [FORWARD_SIX]],
  ])("reports what kubeadm %s requires if it has an IPv6 address", (version, wanted) => {
    expect(firstWords(version, six)).toEqual(wanted);
  });

  it("reports the host, the cause and the command", () => {
    expect(problemsOf("v1.20.2", {}, [BRIDGE, "swap"])).toEqual([
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
    ]);
    expect(firstWords("v1.20.2", {}, [])).toEqual([]);
  });
});
