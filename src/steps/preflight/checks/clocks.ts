import { firstMaster } from "../../../inventory/targets.js";
import type { ReadOnlyHost } from "../../../machine/host.js";
import { query } from "../../../machine/query.js";
import { sh } from "../../../shell/shell.js";
import { askEach, type Answers } from "../answers.js";
import { blocker, type PreflightCheck } from "../check.js";

/** A machine's clock minus the local clock, and the uncertainty of that, in seconds. */
interface Clock {
  readonly skew: number;
  readonly uncertainty: number;
}

/** etcd warns from 1 s on; a larger skew affects certificates and leases. */
const MAX_SKEW_SECONDS = 2;

const secondsSinceEpoch = query(sh`date +%s.%N`, Number);

async function clock(host: ReadOnlyHost): Promise<Clock> {
  const before = Date.now() / 1000;
  const there = await host.ask(secondsSinceEpoch);
  const after = Date.now() / 1000;
  return { skew: there - (before + after) / 2, uncertainty: (after - before) / 2 };
}

/** Every machine's clock agrees with that of the first master. */
export const clocks: PreflightCheck<Answers<Clock>> = {
  id: "clocks",
  probe: (fleet) => askEach(fleet.hosts(), clock),
  problems: ({ found, failures }, inventory) => {
    const { name: first } = firstMaster(inventory);
    const reference = found.get(first);
    if (reference === undefined) return [...failures];
    return [
      ...failures,
      ...[...found].flatMap(([name, { skew, uncertainty }]) => {
        const difference = Math.abs(skew - reference.skew);
        if (difference - uncertainty - reference.uncertainty <= MAX_SKEW_SECONDS) return [];
        const what = `its clock differs by ${difference.toFixed(1)} s from that of ${first}`;
        return [blocker(name, what, "synchronize both clocks by NTP (chrony or systemd-timesyncd)")];
      }),
    ];
  },
};
