import type { TimedChange } from "../kills.js";
import type { Fault } from "./fault.js";

/** The minimum duration of a long change, whose connection is cut in the middle. */
const LONG_MS = 1000;

/**
 * The faults derived from the journal of the reference run, by kind: it lists every long change, and every host of
 * every step.
 */
export function generatedFaults(changes: readonly TimedChange[]): Readonly<Record<string, readonly Fault[]>> {
  return {
    "connection cut in the middle of each long change": connectionsCut(changes),
    "power lost on each host at each step that changes it": hostsOff(changes),
    "each host's link cut for 60 s": linksCut(changes),
  };
}

function connectionsCut(changes: readonly TimedChange[]): Fault[] {
  return changes
    .filter(({ ms }) => ms >= LONG_MS)
    .map(({ step, host, name }) => ({
      name: `connection cut in the middle of ${name}`,
      rounds: [
        {
          when: { step, host, what: name.slice(name.indexOf(": ") + 2), at: "middle" },
          inject: [{ cutSshOf: host }],
          reports: new RegExp(`connection to ${host} was lost`),
        },
      ],
    }));
}

function hostsOff(changes: readonly TimedChange[]): Fault[] {
  const touched = new Map(changes.map(({ step, host }) => [`${step} ${host}`, { step, host }]));
  return [...touched.values()].map(({ step, host }) => ({
    name: `${host} loses power at ${step}`,
    rounds: [
      {
        when: { step, host, at: "start" },
        inject: [{ powerOff: host }],
        remove: [{ powerOn: host }],
        reports: new RegExp(host),
      },
    ],
  }));
}

/** Cuts each host's link in the middle of its longest change. */
function linksCut(changes: readonly TimedChange[]): Fault[] {
  const longest = new Map<string, TimedChange>();
  for (const change of changes) {
    if (change.ms >= (longest.get(change.host)?.ms ?? 0)) longest.set(change.host, change);
  }
  return [...longest.values()].map(({ step, host, name }) => ({
    name: `${host}'s link is cut for 60 s at ${step}`,
    rounds: [
      {
        when: { step, host, what: name.slice(name.indexOf(": ") + 2), at: "middle" },
        inject: [{ cut: host }],
        forSeconds: 60,
        remove: [{ heal: host }],
        reports: new RegExp(host),
        mayPass: true,
      },
    ],
  }));
}
