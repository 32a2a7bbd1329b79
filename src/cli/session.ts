import { fileURLToPath } from "node:url";
import { connect } from "../engine/connect.js";
import { originOf, type Origin } from "../engine/origin.js";
import { loadInventory } from "../inventory/load.js";
import type { Inventory } from "../inventory/schema.js";
import type { Fleet } from "../machine/fleet.js";
import { loadPlaybook } from "../playbook/load.js";
import type { Playbook } from "../playbook/schema.js";
import { firstLineOfSecretFile } from "../shell/secret-file.js";
import type { Secret } from "../shell/secret.js";
import { allSteps } from "../steps/all.js";
import type { OrderedSteps } from "../engine/run.js";
import { nodeSshTransport } from "../transport/node-ssh.js";
import { askSecret } from "./ask.js";
import { version } from "./version.js";

const PLAYBOOK = fileURLToPath(new URL("../../playbooks/migrate.yaml", import.meta.url));

/** What the operator wrote, read and checked. */
export interface Files {
  readonly inventory: Inventory;
  readonly steps: OrderedSteps;
  readonly origin: Origin;
}

/** Everything a command works with, connected. */
export interface Session extends Files {
  readonly fleet: Fleet;
  close(): Promise<void>;
}

/** Paths of the operator's files; without a playbook the one that comes with k8s-ha is meant. */
interface FilePaths {
  readonly inventory: string;
  readonly playbook?: string | undefined;
}

/** The steps that a playbook names, in its order. */
export async function stepsInOrder(playbookFile?: string): Promise<OrderedSteps> {
  return ordered(await readPlaybook(playbookFile));
}

/**
 * Reads inventory and playbook.
 * @throws InvalidFile
 */
export async function readFiles(paths: FilePaths): Promise<Files> {
  const { inventory } = await loadInventory(paths.inventory);
  const playbook = await readPlaybook(paths.playbook);
  return { inventory, steps: ordered(playbook), origin: originOf(version, inventory, playbook) };
}

/** Connects to every host. */
export async function connectTo(files: Files, signal?: AbortSignal): Promise<Session> {
  const { inventory } = files;
  const transport = nodeSshTransport({ sudoPassword: sudoPassword(inventory) });
  return { ...files, ...(await connect(inventory, transport, signal)) };
}

/** Reads inventory and playbook, then connects to every host. */
export async function openSession(paths: FilePaths, signal?: AbortSignal): Promise<Session> {
  return connectTo(await readFiles(paths), signal);
}

function readPlaybook(file = PLAYBOOK): Promise<Playbook> {
  return loadPlaybook(
    file,
    allSteps.map(({ id }) => id),
  );
}

function ordered({ steps }: Playbook): OrderedSteps {
  return steps.flatMap(({ step: id, atATime }) => {
    const step = allSteps.find((s) => s.id === id);
    return step === undefined
      ? []
      : [{ step, atATime: step.rollout === "one-by-one" ? 1 : (atATime ?? Infinity) }];
  });
}

/** sudo's password, read or asked for once however many hosts want it. */
function sudoPassword(inventory: Inventory): () => Promise<Secret> {
  let password: Promise<Secret> | undefined;
  const file = inventory.ssh.sudoPasswordFile;
  return () =>
    (password ??=
      file === undefined
        ? askSecret("sudo password", "set ssh.sudoPasswordFile in the inventory")
        : firstLineOfSecretFile(file));
}
