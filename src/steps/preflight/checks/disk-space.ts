import { members, type Group } from "../../../inventory/targets.js";
import { query } from "../../../machine/query.js";
import { sh } from "../../../shell/shell.js";
import { askEach, type Answers } from "../answers.js";
import { blocker, type PreflightCheck } from "../check.js";

/** A new master stores images, etcd data and logs; a load balancer little more than two packages. */
const NEEDED_MIB: Readonly<Record<Group, number>> = { controlPlane: 2048, loadBalancers: 256, workers: 64 };

/** In MiB. */
const freeBelowVar = query(sh`df -m --output=avail /var`, (out) => Number(out.trim().split("\n").at(-1)));

/** Every machine has free space below /var. The answers are in MiB. */
export const diskSpace: PreflightCheck<Answers<number>> = {
  id: "disk-space",
  probe: (fleet) => askEach(fleet.hosts(), (host) => host.ask(freeBelowVar)),
  problems: ({ found, failures }, inventory) => [
    ...failures,
    ...members(inventory).flatMap(({ name, groups }) => {
      const free = found.get(name);
      const needed = Math.max(...groups.map((group) => NEEDED_MIB[group]));
      if (free === undefined || free >= needed) return [];
      const fix = `free disk space there: ${needed} MiB are required`;
      return [blocker(name, `only ${free} MiB are free below /var`, fix)];
    }),
  ],
};
