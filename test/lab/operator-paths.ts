import { join } from "node:path";

/** What an operator finds in the lab's run folder. */
export interface OperatorFiles {
  readonly key: string;
  readonly knownHosts: string;
  readonly sudoPassword: string;
  readonly inventory: string;
}

/** The paths of the operator's files in a run folder. */
export function operatorFiles(runFolder: string): OperatorFiles {
  return {
    key: join(runFolder, "id_lab"),
    knownHosts: join(runFolder, "known_hosts"),
    sudoPassword: join(runFolder, "sudo-password"),
    inventory: join(runFolder, "inventory.yaml"),
  };
}
