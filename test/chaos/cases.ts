import { faultGroups } from "./faults/all.js";
import type { Fault } from "./faults/fault.js";
import { generatedFaults } from "./faults/generated.js";
import { MOMENTS, type TimedChange } from "./kills.js";
import { playChain, playFault } from "./play-fault.js";
import { playKills } from "./play-kills.js";
import type { Stage } from "./stage.js";

/** One test case on a freshly restored lab. */
export interface Case {
  readonly name: string;
  readonly group: string;
  /** @throws if the program did not behave as specified */
  play(stage: Stage): Promise<void>;
}

/** How the cases from the journal are run: one migration with all faults in turn, or a migration for each. */
export type Mode = "chained" | "isolated";

/** Every case, derived from the reference run. */
export function allCases(changes: readonly TimedChange[], mode: Mode): readonly Case[] {
  const generated = mode === "chained" ? chained(changes) : isolated(changes);
  return [...generated, ...Object.entries(faultGroups).flatMap(([group, all]) => each(group, all))];
}

/** The cases for CI, at most ten minutes: one kill in the middle of each kind of change. */
export function sampleCases(changes: readonly TimedChange[]): readonly Case[] {
  const byKind = new Map(changes.map((change) => [change.name.split(": ")[1]?.split(" ")[0], change.name]));
  const wanted = new Set(byKind.values());
  const name = `killed during one change of each of ${wanted.size} kinds`;
  return [{ name, group: "kills", play: (stage) => playKills(stage, "during", wanted) }];
}

function each(group: string, faults: readonly Fault[]): Case[] {
  return faults.map((fault) => ({ name: fault.name, group, play: (stage) => playFault(stage, fault) }));
}

function chained(changes: readonly TimedChange[]): Case[] {
  const all = new Set(changes.map(({ name }) => name));
  const kills = MOMENTS.map((moment): Case => ({
    name: `killed ${moment} each of ${all.size} changes, one after the other`,
    group: "kills",
    play: (stage) => playKills(stage, moment, all),
  }));
  const faults = Object.entries(generatedFaults(changes)).map(([what, made]): Case => {
    const rounds = made.flatMap((fault) => fault.rounds);
    return {
      name: `${what}: ${rounds.length}, one after the other`,
      group: "connections",
      play: (stage) => playChain(stage, rounds),
    };
  });
  return [...kills, ...faults];
}

function isolated(changes: readonly TimedChange[]): Case[] {
  const kills = changes.flatMap(({ name }) =>
    MOMENTS.map((moment): Case => ({
      name: `killed ${moment} ${name}`,
      group: "kills",
      play: (stage) => playKills(stage, moment, new Set([name])),
    })),
  );
  return [...kills, ...each("connections", Object.values(generatedFaults(changes)).flat())];
}
