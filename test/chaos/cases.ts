import { faultGroups } from "./faults/all.js";
import { MOMENTS, type TimedChange } from "./kills.js";
import { playFault } from "./play-fault.js";
import { playKills } from "./play-kills.js";
import type { Stage } from "./stage.js";

/** One thing that is tried on a freshly restored lab. */
export interface Case {
  readonly name: string;
  readonly group: string;
  /** @throws where the program did not keep its promise. */
  play(stage: Stage): Promise<void>;
}

/** How kills are tried: one migration that is killed at every change, or one migration for each kill. */
export type Mode = "chained" | "isolated";

/** Every case, made from what an undisturbed run did. */
export function allCases(changes: readonly TimedChange[], mode: Mode): readonly Case[] {
  const kills = mode === "chained" ? chained(changes) : isolated(changes);
  const faults = Object.entries(faultGroups(changes)).flatMap(([group, all]) =>
    all.map((fault): Case => ({ name: fault.name, group, play: (stage) => playFault(stage, fault) })),
  );
  return [...kills, ...faults];
}

/** The names of the cases that CI plays, in at most ten minutes. */
const SAMPLED_FAULTS = [
  "lb2: haproxy's port is taken after the preflight",
  "connection cut in the middle of join master2: join",
];

/** A few minutes of everything: one kill in the middle of each kind of change, and the most telling faults. */
export function sampleCases(changes: readonly TimedChange[]): readonly Case[] {
  const byKind = new Map(changes.map((change) => [change.name.split(": ")[1]?.split(" ")[0], change.name]));
  const kills: Case = {
    name: "killed during one change of each kind",
    group: "kills",
    play: (stage) => playKills(stage, "during", new Set(byKind.values())),
  };
  return [kills, ...allCases(changes, "chained").filter(({ name }) => SAMPLED_FAULTS.includes(name))];
}

function chained(changes: readonly TimedChange[]): Case[] {
  const all = new Set(changes.map(({ name }) => name));
  return MOMENTS.map((moment) => ({
    name: `killed ${moment} each of ${all.size} changes, one after the other`,
    group: "kills",
    play: (stage) => playKills(stage, moment, all),
  }));
}

function isolated(changes: readonly TimedChange[]): Case[] {
  return changes.flatMap(({ name }) =>
    MOMENTS.map((moment) => ({
      name: `killed ${moment} ${name}`,
      group: "kills",
      play: (stage) => playKills(stage, moment, new Set([name])),
    })),
  );
}
