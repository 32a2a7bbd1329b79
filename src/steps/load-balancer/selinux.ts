import type { Change } from "../../changes/change.js";
import { areStaticPods } from "../../cluster/load-balancer-program.js";
import type { Inventory } from "../../inventory/schema.js";
import { selinuxForHaproxy, type SelinuxBoolean, type SelinuxState } from "../../machine/selinux.js";
import { check, type Check, type Step } from "../step.js";

interface HostFacts {
  readonly name: string;
  /** `undefined` if SELinux is disabled or not installed. */
  readonly selinux?: SelinuxState | undefined;
}
interface Facts {
  readonly hosts: readonly HostFacts[];
}

function wantsPermissive({ loadBalancer }: Inventory): boolean {
  return loadBalancer.selinux === "permissive";
}

/** The policy for haproxy does not apply to a pod. */
function wantedBooleans(state: SelinuxState, inventory: Inventory): readonly SelinuxBoolean[] {
  return areStaticPods(inventory) ? [] : state.booleans;
}

/** SELinux's mode, now and after a reboot. */
function inWords({ mode, enforcesAfterBoot }: SelinuxState): string {
  if ((mode === "enforcing") === enforcesAfterBoot) return mode;
  return enforcesAfterBoot ? "permissive until reboot" : "permissive after reboot";
}

/** Allows haproxy to connect where SELinux is active. */
export const selinux: Step<Facts> = {
  id: "selinux",
  title: "Allow haproxy to connect under SELinux",
  why: "SELinux restricts haproxy to web ports by default, so it could not connect to any apiserver.",
  rollout: "together",
  on: "load-balancers",
  async probe(fleet) {
    const hosts = fleet.hosts("loadBalancers").map(async (host) => ({
      name: host.name,
      selinux: await host.ask(selinuxForHaproxy),
    }));
    return { hosts: await Promise.all(hosts) };
  },
  plan: ({ hosts }, inventory) => ({
    changes: hosts.flatMap(({ name, selinux: state }): Change[] => {
      if (state === undefined) return [];
      if (wantsPermissive(inventory)) {
        return inWords(state) === "permissive" ? [] : [{ kind: "selinux-permissive", host: name }];
      }
      const names = wantedBooleans(state, inventory)
        .filter(({ live, permanent }) => !live || !permanent)
        .map((one) => one.name);
      return names.length === 0 ? [] : [{ kind: "selinux-booleans", host: name, names }];
    }),
  }),
  async verify(fleet) {
    const checks = fleet.hosts("loadBalancers").map(async (host): Promise<Check[]> => {
      const state = await host.ask(selinuxForHaproxy);
      if (state === undefined) return [];
      if (wantsPermissive(fleet.inventory))
        return [check(host.name, "SELinux", "permissive", inWords(state))];
      return wantedBooleans(state, fleet.inventory).map(({ name, live, permanent }) => {
        const actual =
          live === permanent ? (live ? "on" : "off") : live ? "on until reboot" : "on after reboot";
        return check(host.name, name, "on", actual);
      });
    });
    return (await Promise.all(checks)).flat();
  },
};
