import type { Scope } from "../engine/scope.js";
import { members } from "../inventory/targets.js";
import { OPERATOR } from "../machine/fleet.js";
import { requireKnown } from "./known.js";
import type { Files } from "./session.js";
import { UsageError } from "./usage.js";

/**
 * The scope set on the command line.
 * @throws UsageError for an unknown step or host; its hint lists the known ones.
 */
export function scopeOf(
  { from, until, limit }: { from?: string | undefined; until?: string | undefined; limit: readonly string[] },
  { inventory, steps }: Files,
): Scope {
  const ids = steps.map(({ step }) => step.id);
  const hosts = [...members(inventory).map(({ name }) => name), OPERATOR];
  requireKnown("--from", "step", from === undefined ? [] : [from], ids);
  requireKnown("--until", "step", until === undefined ? [] : [until], ids);
  requireKnown("--limit", "host", limit, hosts);
  if (from !== undefined && until !== undefined && ids.indexOf(from) > ids.indexOf(until))
    throw new UsageError(`--from ${from} comes after --until ${until}`, {
      hint: `the steps in order: ${ids.join(", ")}`,
    });
  return { from, until, limit };
}
