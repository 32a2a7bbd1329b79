import { httpsUrl } from "../../address.js";
import { areStaticPods } from "../../cluster/load-balancer-program.js";
import { CHECK_SCRIPT_IN_POD, UNCONFINED_CHECK_SCRIPT_PATH } from "../../config-files/keepalived.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import type { ReadOnlyHost } from "../../machine/host.js";
import { maskedKeepalivedConf } from "../../machine/keepalived.js";
import { exitCodeInPod } from "../../machine/load-balancer-pods.js";
import { addresses, httpStatus } from "../../machine/network.js";
import { selinuxForHaproxy, selinuxType } from "../../machine/selinux.js";
import { check, type Check } from "../step.js";
import { runs } from "./running.js";
import { splitBrain } from "./split-brain.js";

/** Facts of every load balancer that are needed to evaluate any of them. */
export interface Announcer {
  readonly name: string;
  /** Digest of the VRRP password, to compare the load balancers without reading it; empty if there is none. */
  readonly passwordDigest: string;
  readonly holdsVip: boolean;
}
/** Inspects one load balancer. */
export async function announcer(host: ReadOnlyHost, vip: string): Promise<Announcer> {
  const [{ passwordDigest }, holdsVip] = await Promise.all([
    host.ask(maskedKeepalivedConf),
    holds(host, vip),
  ]);
  return { name: host.name, passwordDigest, holdsVip };
}

async function holds(host: ReadOnlyHost, vip: string): Promise<boolean> {
  return (await host.ask(addresses)).some(({ address }) => address === vip);
}

/** Names of the load balancers that hold the VIP. */
export function holdersOf(hosts: readonly Announcer[]): string[] {
  return hosts.filter(({ holdsVip }) => holdsVip).map(({ name }) => name);
}

/** Checks that keepalived runs on these hosts, that one load balancer holds the VIP, and that each host reaches the API. */
export async function vipChecks(hosts: readonly ReadOnlyHost[], fleet: ReadOnlyFleet): Promise<Check[]> {
  const { address, port } = fleet.inventory.cluster.endpoint;
  const url = httpsUrl(address, port);
  const balancers = fleet.hosts("loadBalancers");
  const others = fleet.hosts("controlPlane", "workers").filter((host) => !balancers.includes(host));
  const holders = holdersOf(await Promise.all(balancers.map((host) => announcer(host, address))));
  const split = splitBrain(holders, fleet.inventory);
  const count = `${holders.length}${split === undefined ? "" : `; ${split.what}. To fix it, ${split.fix}`}`;
  const checked = areStaticPods(fleet.inventory) ? checkInPod : checkUnderSelinux;
  // Awaited together: a rejection that nothing awaits yet would end the program.
  const [programs, canCheck, statuses, squatters] = await Promise.all([
    Promise.all(hosts.map((host) => runs(host, "keepalived", fleet.inventory))),
    Promise.all(hosts.map((host) => checked(host))),
    Promise.all(hosts.map((host) => host.ask(httpStatus(`${url}/readyz`)))),
    Promise.all(others.map((host) => holds(host, address))),
  ]);
  return [
    ...programs,
    ...canCheck.flat(),
    check(balancers.map((h) => h.name).join(","), `hosts that hold ${address}`, "1", count),
    // On such a machine, the VIP leads to the machine itself.
    ...others.flatMap(({ name }, i) => (squatters[i] ? [check(name, `holds ${address}`, "no", "yes")] : [])),
    ...hosts.map(({ name }, i) => check(name, `${url}/readyz`, "200", String(statuses[i]))),
  ];
}

/** Whether the check script works in the pod: the image must have a shell, `curl` and `ip`. */
async function checkInPod(host: ReadOnlyHost): Promise<Check[]> {
  const code = await host.ask(exitCodeInPod("keepalived", CHECK_SCRIPT_IN_POD));
  return [check(host.name, `${CHECK_SCRIPT_IN_POD} in the pod`, "exit code 0", `exit code ${code}`)];
}

/** Whether SELinux, where active, lets keepalived run the check script: keepalived does not log a denial. */
async function checkUnderSelinux(host: ReadOnlyHost): Promise<Check[]> {
  const path = UNCONFINED_CHECK_SCRIPT_PATH;
  const [state, type] = await Promise.all([host.ask(selinuxForHaproxy), host.ask(selinuxType(path))]);
  if (state === undefined) return [];
  return [check(host.name, `SELinux type of ${path}`, "keepalived_unconfined_script_exec_t", type)];
}
