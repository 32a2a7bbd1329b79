import { sh, type Shell } from "../shell/shell.js";
import type { WritableHost } from "./host.js";
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
  const script = sh`shown=$(systemctl show -p LoadState,ActiveState,UnitFileState,StateChangeTimestamp,ActiveEnterTimestamp,ExecReload ${unit})
printf '%s\n' "$shown"
printf '%s\n' "$shown" | sed -n ${TIMES} | date -f - +At=%s 2>/dev/null || true`;
  return query(script, (out) => {
    const value = (key: string): string => new RegExp(`^${key}=(.*)$`, "m").exec(out)?.[1] ?? "";
    const times = [...out.matchAll(/^At=(\d+)$/gm)].map(([, seconds]) => Number(seconds));
    return {
      exists: value("LoadState") === "loaded",
      active: value("ActiveState") === "active",
      enabled: value("UnitFileState") === "enabled",
      changedAt: Math.max(0, ...times),
    };
  });
}

/**
 * The times of a unit's changes. systemd 219 (CentOS 7) has no StateChangeTimestamp; there the start is one, and the last
 * reload another. Where there is one, it is no earlier than those. `n/a` is for never.
 */
const TIMES = String.raw`s/^\(StateChange\|ActiveEnter\)Timestamp=\(.\)/\2/p; s/^ExecReload=.*start_time=\[\([^]]\{1,\}\)\].*/\1/p`;

/** The last lines in which a unit's program complained, by a word such as haproxy's ALERT; empty for none. */
export function complaints(unit: string, word: string): Query<string> {
  const script = sh`journalctl -q --no-pager -o cat -n 50 -u ${unit} 2>/dev/null | grep -F ${word} | tail -n 3 || true`;
  return query(script, (out) => out.trim());
}

/** Whether a unit must read its configuration again: a file changed after the unit last did. */
export function isOlderThan(unit: UnitState, modified: Iterable<number>): boolean {
  return Math.floor(Math.max(0, ...modified)) > unit.changedAt;
}

/** Where {@link runAsUnit} keeps a unit's script, its output, and its exit code once it has one. */
const UNITS = "/run/k8s-ha";

const IS_THERE = sh`is_there() {
  case $(systemctl show -p ActiveState "$1") in
  ActiveState=active | ActiveState=reloading | ActiveState=activating | ActiveState=deactivating) ;;
  *) return 1 ;;
  esac
}`;

/** The units that {@link runAsUnit} began and that go on. systemd is asked only where an exit code is missing. */
export const runningUnits: Query<readonly string[]> = query(
  sh`${IS_THERE}
cd ${UNITS} 2>/dev/null || exit 0
IFS=.
for f in *.sh; do
  set -- $f
  [ -e "$f" ] && [ ! -e "$1.code" ] || continue
  if is_there "k8s-ha-$1.service"; then echo "k8s-ha-$1.service"; fi
done`,
  (out) => out.split("\n").filter((unit) => unit !== ""),
);

/** What {@link runAsUnit} may be told besides the script. */
export interface UnitOptions {
  readonly timeoutSeconds: number;
  readonly signal?: AbortSignal;
  /** What an error names; the script where nothing is said. */
  readonly shownAs?: string;
}

/**
 * Runs long work as a transient unit that outlives this program and its connection. When a unit of that name
 * is already there (a former run was cut off), running or being stopped, it is followed instead of started a
 * second time.
 * @throws CommandFailed with the end of the unit's output.
 */
export async function runAsUnit(
  host: WritableHost,
  name: string,
  script: Shell,
  options: UnitOptions,
): Promise<string> {
  const unit = `k8s-ha-${name}.service`;
  const log = `${UNITS}/${name}`;
  const wrapped = sh`( ${script}
) >${`${log}.log`} 2>&1 </dev/null; echo $? >${`${log}.code`}`;
  // timeout(1) and not RuntimeMaxSec, which systemd 219 (CentOS 7) does not know; with its end systemd ends all of the unit.
  // The script goes there as a file: in a command line systemd would expand ${…} and $$ by its own rules.
  return host.run(
    sh`umask 077
mkdir -p ${UNITS}
${IS_THERE}
if ! is_there ${unit}; then
  systemctl reset-failed ${unit} 2>/dev/null
  rm -f ${`${log}.code`}
  printf '%s\n' ${wrapped.text} >${`${log}.sh`}
  systemd-run -q --unit=${unit} --description=${`k8s-ha: ${name}`} timeout ${options.timeoutSeconds} /bin/sh ${`${log}.sh`} || exit 1
fi
while is_there ${unit}; do sleep 0.2; done
if [ ! -s ${`${log}.code`} ]; then echo "${unit} was ended before it was done" >&2; tail -n 20 ${`${log}.log`} >&2; exit 1; fi
code=$(cat ${`${log}.code`})
if [ "$code" = 0 ]; then cat ${`${log}.log`}; else tail -n 40 ${`${log}.log`} >&2; fi
exit "$code"`,
    {
      timeoutSeconds: options.timeoutSeconds + 15,
      shownAs: options.shownAs ?? script.text,
      ...(options.signal && { signal: options.signal }),
    },
  );
}
