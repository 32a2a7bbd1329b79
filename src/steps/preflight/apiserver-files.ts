import { dirname } from "node:path";
import type { Inventory } from "../../inventory/schema.js";
import { firstMaster, sshTarget } from "../../inventory/targets.js";
import type { Problem } from "../step.js";
import { neededPaths } from "./apiserver-flags.js";
import { blocker } from "./machines.js";

/** Host → path → its digest, of the first master and those that have yet to join. */
export type PathDigests = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Files of the apiserver that a new master lacks, or has with another content: there it would not start, or read other keys. */
export function fileProblems(manifest: string, digests: PathDigests, inventory: Inventory): Problem[] {
  const first = firstMaster(inventory);
  const there = digests.get(first.name);
  const needed = neededPaths(manifest).filter(({ path }) => there?.has(path) === true);
  const others = inventory.controlPlane.filter(({ name }) => name !== first.name && digests.has(name));
  return others.flatMap((host) =>
    needed.flatMap(({ path, same }) => {
      const digest = digests.get(host.name)?.get(path);
      if (digest !== undefined && (!same || digest === there?.get(path))) return [];
      const what = `${path}, which kube-apiserver uses on ${first.name}, is ${digest === undefined ? "missing" : "different"} here`;
      const login = (member: typeof host): string => {
        const { user, address } = sshTarget(inventory, member);
        return `${user}@${address}`;
      };
      const folder = dirname(path);
      return [
        blocker(
          host.name,
          what,
          `ssh ${login(host)} mkdir -p ${folder} && scp -3 -rp ${login(first)}:${path} ${login(host)}:${folder}/`,
        ),
      ];
    }),
  );
}
