import type { ClusterId } from "../engine/cluster-id.js";
import { fetchJournals } from "../engine/journal-copies.js";
import { journalFolder } from "../engine/journal.js";
import { kubeadmMigration } from "../migration/kubeadm-migration.js";
import { originOf, type Origin } from "../engine/origin.js";
import type { Inventory } from "../inventory/schema.js";
import { members } from "../inventory/targets.js";
import type { Fleet } from "../machine/fleet.js";
import { loadPlaybook, parsePlaybook } from "../playbook/load.js";
import type { Playbook } from "../playbook/schema.js";
import { selectedHosts } from "../steps/host-selector.js";
import { stepOf } from "../steps/from-playbook.js";
import { stepRules } from "../steps/rules.js";
import type { OrderedSteps } from "../engine/run.js";
import type { Logins } from "./logins.js";
import { packagedFile } from "./packaged-file.js";
import { version } from "./version.js";

const BUILT_IN = "playbooks/migrate.yaml";

/** The operator's files, parsed and validated. */
export interface Files {
  readonly inventory: Inventory;
  readonly steps: OrderedSteps;
  readonly origin: Origin;
}

/** The files, the connected hosts, and their cluster. */
export interface Session extends Files {
  readonly fleet: Fleet;
  readonly cluster: ClusterId;
  /** The directory with the cluster's journals. */
  readonly journals: string;
}

/** The steps that a playbook names, in its order. */
export async function stepsInOrder(playbookFile?: string): Promise<OrderedSteps> {
  return ordered(await readPlaybook(playbookFile));
}

async function readPlaybook(file: string | undefined, hosts?: readonly string[]): Promise<Playbook> {
  return file === undefined
    ? parsePlaybook(packagedFile(BUILT_IN), BUILT_IN, stepRules, hosts)
    : loadPlaybook(file, stepRules, hosts);
}

/**
 * Reads the inventory of these logins and a playbook; by default the built-in playbook.
 * @throws InvalidFile
 */
export async function readFiles(logins: Pick<Logins, "inventory">, playbookFile?: string): Promise<Files> {
  const inventory = await logins.inventory;
  const hosts = members(inventory).map(({ name }) => name);
  const playbook = await readPlaybook(playbookFile, hosts);
  // Steps without hosts are dropped, such as load balancer steps with external load balancers.
  const steps = ordered(playbook).filter(
    ({ step }) => step.on === undefined || selectedHosts(inventory, step.on).length > 0,
  );
  return { inventory, steps, origin: originOf(version, inventory, playbook) };
}

/** {@link readFiles}, and the hosts. @throws InvalidFile, Unreachable */
export async function openSession(logins: Logins, playbookFile?: string): Promise<Session> {
  return inSession(await readFiles(logins, playbookFile), logins);
}

/** Files with the hosts of these logins. @throws Unreachable */
export async function inSession(files: Files, logins: Logins): Promise<Session> {
  const fleet = await logins.fleet();
  const cluster = await kubeadmMigration.clusterId(fleet.look());
  return { ...files, fleet, cluster, journals: journalFolder(cluster) };
}

/** Fetches the journals of runs that were started on other machines. */
export async function fetchOthersJournals({ fleet, journals }: Session): Promise<void> {
  const { fetched, stale } = await fetchJournals(fleet.look().hosts("controlPlane"), journals);
  if (fetched.length > 0)
    process.stderr.write(`journals of runs on other machines, fetched: ${fetched.join(", ")}\n`);
  if (stale.length > 0)
    process.stderr.write(`rolled back on another machine, so ignored: ${stale.join(", ")}\n`);
}

function ordered({ steps }: Playbook): OrderedSteps {
  return steps.map((entry) => {
    const step = stepOf(entry);
    const serial = ("serial" in entry ? entry.serial : undefined) ?? Infinity;
    return { step, atATime: step.rollout === "one-by-one" ? 1 : serial };
  });
}
