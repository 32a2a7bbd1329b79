import type { Change } from "../../changes/change.js";
import { haproxyConfig } from "../../config-files/haproxy.js";
import { withoutPasswords } from "../../config-files/haproxy-passwords.js";
import { MANAGED } from "../../config-files/managed.js";
import type { Inventory } from "../../inventory/schema.js";
import { endpoint } from "../../inventory/targets.js";
import { isForeignFile } from "../../machine/packages.js";
import { readFile, type FileState } from "../../machine/files.js";
import { APISERVER_PORT } from "../../machine/kubectl.js";
import { httpStatus, listeningPorts } from "../../machine/network.js";
import { complaints, unitState, type UnitState } from "../../machine/systemd.js";
import { check, type Check, type Step } from "../step.js";
import { foreignFile } from "./foreign-file.js";
import { servicePlan } from "./service-plan.js";

const PATH = "/etc/haproxy/haproxy.cfg";

interface Facts {
  readonly hosts: readonly {
    readonly name: string;
    readonly file: FileState | undefined;
    readonly unit: UnitState;
    /** Whether anything listens on the endpoint's port. */
    readonly listens: boolean;
    /** Somebody's own configuration for something else. */
    readonly isForeign: boolean;
  }[];
}

/** haproxy.cfg as the inventory wants it; the same on every load balancer. */
function desired(inventory: Inventory): string {
  const { address, port } = endpoint(inventory);
  const { stats, timeouts, maxconn } = inventory.loadBalancer;
  return haproxyConfig({
    vip: address,
    port,
    masters: inventory.controlPlane.map((host) => ({ ...host, port: APISERVER_PORT })),
    stats,
    timeouts,
    maxconn,
    ...(inventory.cluster.advertise === "endpoint" && { advertisedPort: APISERVER_PORT }),
  });
}

/** Configures haproxy on the load balancers; its own check must accept the file before it is put in place. */
export const haproxy: Step<Facts> = {
  id: "haproxy",
  title: "Configure haproxy",
  why: "It sends each connection to an apiserver whose /readyz answers 200.",
  rollout: "one-by-one",
  on: "load-balancers",
  async probe(fleet) {
    const { port } = endpoint(fleet.inventory);
    const hosts = fleet.hosts("loadBalancers").map(async (host) => {
      const [file, unit, ports, isForeign] = await Promise.all([
        host.ask(readFile(PATH)),
        host.ask(unitState("haproxy")),
        host.ask(listeningPorts),
        host.ask(isForeignFile(PATH, { mark: MANAGED, package: "haproxy" })),
      ]);
      return { name: host.name, file, unit, listens: ports.has(port), isForeign };
    });
    return { hosts: await Promise.all(hosts) };
  },
  plan({ hosts }, inventory) {
    const content = desired(inventory);
    return {
      problems: hosts.filter((host) => host.isForeign).map(({ name }) => foreignFile(name, PATH)),
      changes: hosts.flatMap(({ name, file, unit, listens, isForeign }) => {
        if (isForeign) return [];
        const write: Change[] =
          file?.content === content
            ? []
            : [
                {
                  kind: "file",
                  host: name,
                  path: PATH,
                  content,
                  mode: "0644",
                  owner: "root:root",
                  // What the package brings is nobody's work, and unknown before it is installed.
                  before: file?.content.startsWith(MANAGED) ? withoutPasswords(file.content) : null,
                  validate: ["haproxy", "-c", "-f"],
                },
              ];
        return [...write, ...servicePlan(name, "haproxy", unit, write, file ? [file.modified] : [], listens)];
      }),
    };
  },
  async verify(fleet) {
    const { port } = endpoint(fleet.inventory);
    const checks = fleet.hosts("loadBalancers").map(async (host): Promise<Check[]> => {
      const [unit, status] = await Promise.all([
        host.ask(unitState("haproxy")),
        host.ask(httpStatus(`https://127.0.0.1:${port}/readyz`)),
      ]);
      // What `haproxy -c` does not see, such as too few file descriptors, stands in its log alone.
      const said = status === 200 ? "" : await host.ask(complaints("haproxy", "[ALERT]"));
      const answer = said === "" ? String(status) : `${status}; haproxy's log says:\n${said}`;
      return [
        check(host.name, "haproxy", "active, enabled", words(unit)),
        check(host.name, `https://127.0.0.1:${port}/readyz`, "200", answer),
      ];
    });
    return (await Promise.all(checks)).flat();
  },
};

/** A unit's state in words. */
export function words(unit: UnitState): string {
  return `${unit.active ? "active" : "not active"}, ${unit.enabled ? "enabled" : "not enabled"}`;
}
