import { isIPv6 } from "../../address.js";
import type { Inventory } from "../../inventory/schema.js";
import { readFile, type FileState } from "../../machine/files.js";
import { kernelSetting } from "../../machine/sysctl.js";
import { ensureFile, ensureSysctl } from "../ensure.js";
import { check, type Step } from "../step.js";

const PATH = "/etc/sysctl.d/90-k8s-ha.conf";

/** The kernel setting for the VIP's address family. */
function keyFor(inventory: Inventory): string {
  return `net.${isIPv6(inventory.cluster.endpoint.address) ? "ipv6" : "ipv4"}.ip_nonlocal_bind`;
}

interface Facts {
  readonly hosts: readonly {
    readonly name: string;
    readonly live: string;
    readonly file: FileState | undefined;
  }[];
}

/** Lets haproxy bind an address that its host does not hold at the moment; now and after a reboot. */
export const nonlocalBind: Step<Facts> = {
  id: "nonlocal-bind",
  title: "Set ip_nonlocal_bind",
  why: "haproxy on the standby must be able to bind the VIP before its host holds it.",
  rollout: "together",
  on: "load-balancers",
  async probe(fleet) {
    const key = keyFor(fleet.inventory);
    const hosts = fleet.hosts("loadBalancers").map(async (host) => {
      const [value, file] = await Promise.all([host.ask(kernelSetting(key)), host.ask(readFile(PATH))]);
      return { name: host.name, live: value, file };
    });
    return { hosts: await Promise.all(hosts) };
  },
  plan({ hosts }, inventory) {
    const key = keyFor(inventory);
    const content = `# Managed by k8s-ha: haproxy binds the VIP on the standby too.\n${key} = 1\n`;
    return {
      changes: hosts.flatMap(({ name, live, file }) => [
        ...ensureFile(name, PATH, content, file),
        ...ensureSysctl(name, key, "1", live),
      ]),
    };
  },
  async verify(fleet) {
    const key = keyFor(fleet.inventory);
    const checks = fleet
      .hosts("loadBalancers")
      .map(async (host) => check(host.name, key, "1", await host.ask(kernelSetting(key))));
    return Promise.all(checks);
  },
};
