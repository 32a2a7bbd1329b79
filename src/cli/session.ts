import { fileURLToPath } from "node:url";
import { connect } from "../engine/connect.js";
import { loadInventory } from "../inventory/load.js";
import type { Inventory } from "../inventory/schema.js";
import type { Fleet } from "../machine/fleet.js";
import { loadPlaybook } from "../playbook/load.js";
import { firstLineOfSecretFile } from "../shell/secret-file.js";
import type { Secret } from "../shell/secret.js";
import { allSteps } from "../steps/all.js";
import type { OrderedSteps } from "../engine/run.js";
import { nodeSshTransport } from "../transport/node-ssh.js";
import { askSecret } from "./ask.js";

const PLAYBOOK = fileURLToPath(new URL("../../playbooks/migrate.yaml", import.meta.url));

/** Everything a command works with, connected. */
export interface Session {
  readonly inventory: Inventory;
  readonly fleet: Fleet;
  readonly steps: OrderedSteps;
  close(): Promise<void>;
}

/** The steps that a playbook names, in its order; of the one that comes with k8s-ha when none is named. */
export async function stepsInOrder(playbookFile = PLAYBOOK): Promise<OrderedSteps> {
  const ids = allSteps.map(({ id }) => id);
  const playbook = await loadPlaybook(playbookFile, ids);
  return playbook.steps.flatMap(({ step: id, atATime }) => {
    const step = allSteps.find((s) => s.id === id);
    return step === undefined
      ? []
      : [{ step, atATime: step.rollout === "one-by-one" ? 1 : (atATime ?? Infinity) }];
  });
}

/** Reads inventory and playbook, then connects to every host. */
export async function openSession(
  files: { readonly inventory: string; readonly playbook?: string | undefined },
  signal?: AbortSignal,
): Promise<Session> {
  const { inventory } = await loadInventory(files.inventory);
  const steps = await stepsInOrder(files.playbook);
  const transport = nodeSshTransport({ sudoPassword: sudoPassword(inventory) });
  const { fleet, close } = await connect(inventory, transport, signal);
  return { inventory, fleet, steps, close };
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
