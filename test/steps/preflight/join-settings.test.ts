import { describe, expect, it } from "vitest";
import { joinSettings, joinSettingsProblems } from "../../../src/steps/preflight/join-settings.js";
import { Sandbox } from "../../machine/sandbox.js";
import { labInventory, six } from "../inventory.js";

const FORWARDING = "net.ipv6.conf.default.forwarding";
const BRIDGE = "net.bridge.bridge-nf-call-ip6tables";
const nodes = [11, 21].map((number) => ({
  metadata: { name: `node-${number}` },
  status: { addresses: [{ type: "InternalIP", address: `fd00:88::${number}` }] },
}));

describe("joinSettings", () => {
  it("are looked at on the machines that have yet to join", async () => {
    using sandbox = new Sandbox(labInventory(six));
    sandbox.answer("sysctl", `[ "$2" = ${FORWARDING} ] && echo 1`);
    const { found } = await joinSettings(sandbox.fleet().look(), nodes, ["master3"]);
    expect(found).toEqual([["master2", [BRIDGE]]]);
  });

  it("do not matter where the endpoint has an IPv4 address", async () => {
    using sandbox = new Sandbox();
    expect(await joinSettings(sandbox.fleet().look(), [], [])).toEqual({ found: [], failures: [] });
    expect(sandbox.calls("sysctl")).toEqual([]);
  });
});

describe("joinSettingsProblems", () => {
  const inventory = labInventory(six);
  const told = (version: string, keys: readonly string[]) =>
    joinSettingsProblems(new Map([["master2", keys]]), version, inventory).map(({ host, what }) => [
      host,
      what,
    ]);

  it("tell each setting that this kubeadm wants", () => {
    expect(told("v1.20.2", [FORWARDING, BRIDGE])).toEqual([
      ["master2", `${FORWARDING} is not 1, and kubeadm joins no such machine to [fd00:88::100]:6443`],
      ["master2", expect.stringContaining(BRIDGE)],
    ]);
    expect(told("v1.30.0", [BRIDGE])).toEqual([]);
    expect(told("v1.30.0", [FORWARDING])).toHaveLength(1);
    expect(told("v1.20.2", [])).toEqual([]);
  });
});
