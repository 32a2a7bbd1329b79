import type { Change } from "../../changes/change.js";
import { HAPROXY_CFG, maskedHaproxyCfg } from "../../changes/haproxy-config.js";
import { haproxyConfig, type HaproxyOptions } from "../../config-files/haproxy.js";
import { passwordDigest } from "../../config-files/haproxy-passwords.js";
import { MANAGED } from "../../config-files/managed.js";
import type { Inventory } from "../../inventory/schema.js";
import { endpoint } from "../../inventory/targets.js";
import { isForeignFile } from "../../machine/packages.js";
import type { FileState } from "../../machine/files.js";
import type { ReadOnlyHost } from "../../machine/host.js";
import { APISERVER_PORT } from "../../machine/kubectl.js";
import { httpStatus, listeningPorts } from "../../machine/network.js";
import { complaints, unitState, type UnitState } from "../../machine/systemd.js";
import { firstLineOfSecretFile } from "../../shell/secret-file.js";
import { check, type Check, type Step } from "../step.js";
import { foreignFile } from "./foreign-file.js";
import { servicePlan } from "./service-plan.js";

interface Facts {
  /** A digest of the password in the operator's file for the statistics page; empty where there is none. */
  readonly wantedDigest: string;
  readonly hosts: readonly {
    readonly name: string;
    /** Its passwords masked. */
    readonly file: FileState | undefined;
    /** Tells whether all load balancers share the statistics page's password; empty where there is none. */
    readonly passwordDigest: string;
    readonly unit: UnitState;
    /** Whether anything listens on the endpoint's port. */
    readonly listens: boolean;
    /** Somebody's own configuration for something else. */
    readonly isForeign: boolean;
  }[];
}

/** haproxy.cfg as the inventory wants it; the same on every load balancer. */
function desired(inventory: Inventory): HaproxyOptions {
  const { address, port } = endpoint(inventory);
  const { stats, monitor, servers, timeouts, maxconn } = inventory.loadBalancer;
  return {
    vip: address,
    port,
    masters: inventory.controlPlane.map((host) => ({
      name: host.name,
      address: host.address,
      port: APISERVER_PORT,
    })),
    stats: stats !== false && { port: stats.port, ...(stats.user !== undefined && { user: stats.user }) },
    monitor,
    servers,
    timeouts,
    maxconn,
    ...(inventory.cluster.advertise === "endpoint" && { advertisedPort: APISERVER_PORT }),
  };
}

/** The operator's file with the statistics page's password, if there is one. */
function passwordFile({ loadBalancer: { stats } }: Inventory): string | undefined {
  return stats === false ? undefined : stats.passwordFile;
}

/** Whether a load balancer's password is another than the operator's, or than that of the first that has one. */
function hasOtherPassword({ wantedDigest, hosts }: Facts, own: string, { loadBalancer }: Inventory): boolean {
  if (loadBalancer.stats === false || loadBalancer.stats.user === undefined) return false;
  const first = hosts.map((host) => host.passwordDigest).find((digest) => digest !== "");
  return own !== (wantedDigest === "" ? first : wantedDigest);
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
      const [cfg, unit, ports, isForeign] = await Promise.all([
        host.ask(maskedHaproxyCfg),
        host.ask(unitState("haproxy")),
        host.ask(listeningPorts),
        host.ask(isForeignFile(HAPROXY_CFG, { mark: MANAGED, package: "haproxy" })),
      ]);
      return { name: host.name, ...cfg, unit, listens: ports.has(port), isForeign };
    });
    const file = passwordFile(fleet.inventory);
    const wanted = file === undefined ? undefined : firstLineOfSecretFile(file);
    const [password, ...found] = await Promise.all([wanted, ...hosts]);
    return { wantedDigest: passwordDigest(password), hosts: found };
  },
  plan(facts, inventory) {
    const { hosts } = facts;
    const options = desired(inventory);
    const shown = haproxyConfig(options).shown();
    const secret = passwordFile(inventory);
    return {
      problems: hosts.filter((host) => host.isForeign).map(({ name }) => foreignFile(name, HAPROXY_CFG)),
      changes: hosts.flatMap(({ name, file, passwordDigest: own, unit, listens, isForeign }) => {
        if (isForeign) return [];
        const write: Change[] =
          file?.content === shown && !hasOtherPassword(facts, own, inventory)
            ? []
            : [
                {
                  kind: "haproxy-config",
                  host: name,
                  options,
                  ...(secret !== undefined && { passwordFile: secret }),
                  // What the package brings is nobody's work, and unknown before it is installed.
                  before: file?.content.startsWith(MANAGED) ? file.content : null,
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
        ...(await Promise.all(pageChecks(host, fleet.inventory))),
      ];
    });
    return (await Promise.all(checks)).flat();
  },
};

/** The statistics page where it wants a password, which nobody shows here, and the monitor. */
function pageChecks(host: ReadOnlyHost, { loadBalancer: { stats, monitor } }: Inventory): Promise<Check>[] {
  const answers = async (port: number, path: string, expected: string): Promise<Check> => {
    const url = `http://127.0.0.1:${port}${path}`;
    return check(host.name, url, expected, String(await host.ask(httpStatus(url))));
  };
  return [
    ...(stats === false || stats.user === undefined ? [] : [answers(stats.port, "/stats", "401")]),
    ...(monitor === false ? [] : [answers(monitor.port, monitor.uri, "200")]),
  ];
}

/** A unit's state in words. */
export function words(unit: UnitState): string {
  return `${unit.active ? "active" : "not active"}, ${unit.enabled ? "enabled" : "not enabled"}`;
}
