import { killDelay, type Moment } from "./kills.js";
import { lastLines, type Stage } from "./stage.js";

/**
 * Kills the program once at each wanted change, and resumes it each time; repeats with another migration until no
 * change is left. Changes that only a resumed run makes are included. A change that was made in parallel with a killed
 * one is played in another migration.
 */
export async function playKills(stage: Stage, moment: Moment, wanted: ReadonlySet<string>): Promise<void> {
  const killedAt = await migrateAndKill(stage, moment, wanted);
  await stage.expectSameEnd();
  const missed = new Set([...wanted].filter((name) => !killedAt.has(name)));
  if (missed.size === 0) return;
  if (missed.size === wanted.size) throw new Error(`never reached: ${[...missed].join(", ")}`);
  await stage.begin();
  await playKills(stage, moment, missed);
}

/** One migration; returns the names of the changes at which it was killed. */
async function migrateAndKill(
  stage: Stage,
  moment: Moment,
  wanted: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const { changes } = stage.reference;
  const known = new Set(changes.map(({ name }) => name));
  const killedAt = new Set<string>();
  for (;;) {
    let dying: string | undefined;
    const outcome = await stage.run(({ type, change, ms }, kill) => {
      const { name } = change;
      // It was faster than in the reference run: kill it now, or the kill would be too late.
      if (dying === name && type === "change-done") kill();
      if (dying !== undefined || killedAt.has(name) || (known.has(name) && !wanted.has(name))) return;
      const delay = killDelay({ type, change, ms }, moment, changes);
      if (delay === undefined) return;
      dying = name;
      killedAt.add(name);
      if (delay === 0) kill();
      else setTimeout(kill, delay);
    });
    if (dying !== undefined) continue;
    if (outcome.exitCode === 0) return killedAt;
    throw new Error(`not resumed after the kill at ${[...killedAt].at(-1) ?? "none"}\n${lastLines(outcome)}`);
  }
}
