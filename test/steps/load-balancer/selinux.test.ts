import { describe, expect, it } from "vitest";
import type { SelinuxState } from "../../../src/machine/selinux.js";
import { selinux } from "../../../src/steps/load-balancer/selinux.js";
import { Sandbox } from "../../machine/sandbox.js";
import { labInventory } from "../inventory.js";
import { NOTHING, planOf, type Editable } from "../recorded.js";

type Facts = Editable<Awaited<ReturnType<typeof selinux.probe>>>;
const NAMES = ["haproxy_connect_any"];
const permissive = { loadBalancer: { selinux: "permissive" } };

/** The state of SELinux on lb1; lb2 has none. */
const onFirst =
  (mode: SelinuxState["mode"], live: boolean, permanent: boolean, enforcesAfterBoot = mode === "enforcing") =>
  ({ hosts }: Facts): void => {
    const booleans = NAMES.map((name) => ({ name, live, permanent }));
    for (const host of hosts) if (host.name === "lb1") host.selinux = { mode, enforcesAfterBoot, booleans };
  };

describe("selinux", () => {
  it("plans nothing without SELinux", () => {
    expect(planOf(selinux, "fresh")).toEqual(NOTHING);
    expect(planOf(selinux, "fresh", undefined, permissive)).toEqual(NOTHING);
  });

  it.each([
    ["off", false, false],
    ["on until the next boot", true, false],
    ["on after the next boot", false, true],
  ])("turns booleans on permanently that are %s, in any mode", (_, live, permanent) => {
    for (const mode of ["enforcing", "permissive"] as const) {
      expect(planOf(selinux, "fresh", onFirst(mode, live, permanent))).toEqual({
        changes: [{ kind: "selinux-booleans", host: "lb1", names: NAMES }],
        problems: [],
      });
    }
  });

  it("changes no booleans that are on", () => {
    expect(planOf(selinux, "endpoint", onFirst("enforcing", true, true))).toEqual(NOTHING);
  });

  it("turns none on for pods, which the policy for haproxy does not cover", () => {
    const pods = {
      loadBalancer: { runAs: "static-pods" },
      cluster: { endpoint: "10.88.0.100:443" },
      loadBalancers: [{ master: "master1" }, { master: "master2" }, { master: "master3" }],
    };
    expect(planOf(selinux, "fresh", onFirst("enforcing", false, false), pods)).toEqual(NOTHING);
  });

  it("is never permissive unless requested", () => {
    const { changes } = planOf(selinux, "fresh", onFirst("enforcing", false, false), permissive);
    expect(changes).toEqual([{ kind: "selinux-permissive", host: "lb1" }]);
    expect(planOf(selinux, "fresh", onFirst("permissive", false, false), permissive)).toEqual(NOTHING);
  });

  it("is permissive permanently, also if it was set until the next boot", () => {
    const until = onFirst("permissive", false, false, true);
    const { changes } = planOf(selinux, "fresh", until, permissive);
    expect(changes).toEqual([{ kind: "selinux-permissive", host: "lb1" }]);
  });

  it.each([
    ["off", "booleans", "Enforcing, enforcing", [["haproxy_connect_any", "off", false]]],
    ["on", "booleans", "Enforcing, enforcing", [["haproxy_connect_any", "on until reboot", false]]],
    ["off", "permissive", "Enforcing, enforcing", [["SELinux", "enforcing", false]]],
    ["off", "permissive", "Permissive, enforcing", [["SELinux", "permissive until reboot", false]]],
    ["off", "permissive", "Enforcing, permissive", [["SELinux", "permissive after reboot", false]]],
    ["off", "permissive", "Permissive, permissive", [["SELinux", "permissive", true]]],
  ])(
    "verifies SELinux state %s, if %s is required, and the mode: %s",
    async (live, wanted, mode, expected) => {
      using sandbox = new Sandbox(labInventory({ loadBalancer: { selinux: wanted } }));
      const [now = "", afterBoot = ""] = mode.split(", ");
      sandbox.answer("getenforce", `echo ${now}`);
      sandbox.file("/etc/selinux/config", `SELINUX=${afterBoot}\n`);
      sandbox.answer("getsebool", `echo "$1 --> ${live}"`);
      const checks = (await selinux.verify?.(sandbox.fleet().look())) ?? [];
      const own = checks.filter(({ host }) => host === "lb1");
      expect(own.map(({ what, actual, ok }) => [what, actual, ok])).toEqual(expected);
    },
  );
});
