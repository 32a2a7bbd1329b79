import { sh, type Shell } from "../shell/shell.js";
import type { RunOptions, WritableHost } from "./host.js";
import { query, type Query } from "./query.js";

/** A systemd unit as it stands. */
export interface UnitState {
  readonly exists: boolean;
  readonly active: boolean;
  readonly enabled: boolean;
  /** When it was last started, reloaded or stopped: seconds since the epoch, whole; 0 for never. */
  readonly changedAt: number;
}

/** The state of one unit. */
export function unitState(unit: string): Query<UnitState> {
  const script = sh`systemctl show -p LoadState,ActiveState,UnitFileState,StateChangeTimestamp ${unit}
date -d "$(systemctl show -p StateChangeTimestamp ${unit} | cut -d= -f2)" +At=%s 2>/dev/null || true`;
  return query(script, (out) => {
    const value = (key: string): string => new RegExp(`^${key}=(.*)$`, "m").exec(out)?.[1] ?? "";
    const since = value("StateChangeTimestamp");
    return {
      exists: value("LoadState") === "loaded",
      active: value("ActiveState") === "active",
      enabled: value("UnitFileState") === "enabled",
      changedAt: since === "" || since === "n/a" ? 0 : Number(value("At")),
    };
  });
}

/** Whether a unit must read its configuration again: a file changed after the unit last did. */
export function isOlderThan(unit: UnitState, modified: Iterable<number>): boolean {
  return Math.floor(Math.max(0, ...modified)) > unit.changedAt;
}

/**
 * Runs long work as a transient unit that outlives this program and its connection. When a unit of that name
 * is already running (a former run was cut off), it is followed instead of started a second time.
 * @throws CommandFailed with the end of the unit's output.
 */
export async function runAsUnit(
  host: WritableHost,
  name: string,
  script: Shell,
  options: { timeoutSeconds: number; signal?: AbortSignal },
): Promise<string> {
  const unit = `k8s-ha-${name}.service`;
  const log = `/run/k8s-ha/${name}`;
  const limits: RunOptions = { timeoutSeconds: options.timeoutSeconds + 15 };
  return host.run(
    sh`umask 077
mkdir -p /run/k8s-ha
if ! systemctl is-active -q ${unit} && [ "$(systemctl show -p ActiveState ${unit})" != ActiveState=activating ]; then
  systemctl reset-failed ${unit} 2>/dev/null
  rm -f ${`${log}.code`}
  systemd-run -q --unit=${unit} --description=${`k8s-ha: ${name}`} --property=RuntimeMaxSec=${options.timeoutSeconds} /bin/sh -c ${
    sh`( ${script}
) >${`${log}.log`} 2>&1 </dev/null; echo $? >${`${log}.code`}`.text
  } || exit 1
fi
while systemctl is-active -q ${unit}; do sleep 0.2; done
if [ ! -s ${`${log}.code`} ]; then echo "${unit} was ended before it was done" >&2; tail -n 20 ${`${log}.log`} >&2; exit 1; fi
code=$(cat ${`${log}.code`})
if [ "$code" = 0 ]; then cat ${`${log}.log`}; else tail -n 40 ${`${log}.log`} >&2; fi
exit "$code"`,
    options.signal ? { ...limits, signal: options.signal } : limits,
  );
}
