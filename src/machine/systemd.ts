import { sh, type Shell } from "../shell/shell.js";
import type { WritableHost } from "./host.js";
import { query, type Query } from "./query.js";

/** The state of a systemd unit. */
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
 * sed: extracts the times of a unit's changes. systemd 219 (CentOS 7) has no StateChangeTimestamp, so the times of the
 * start and of the last reload are used there. StateChangeTimestamp is never earlier than those. `n/a` means never.
 */
const TIMES = String.raw`s/^\(StateChange\|ActiveEnter\)Timestamp=\(.\)/\2/p; s/^ExecReload=.*start_time=\[\([^]]\{1,\}\)\].*/\1/p`;

/** The last log lines of a unit that contain a word such as haproxy's ALERT; empty if there are none. */
export function complaints(unit: string, word: string): Query<string> {
  const script = sh`journalctl -q --no-pager -o cat -n 50 -u ${unit} 2>/dev/null | grep -F ${word} | tail -n 3 || true`;
  return query(script, (out) => out.trim());
}

/** Whether a unit must reload: a file is newer than its last start or reload. */
export function isOlderThan(unit: UnitState, modified: Iterable<number>): boolean {
  return Math.floor(Math.max(0, ...modified)) > unit.changedAt;
}

/** The directory for the script, output and exit code of {@link runAsUnit}'s units. */
const UNITS = "/run/k8s-ha";

const IS_THERE = sh`is_there() {
  case $(systemctl show -p ActiveState "$1") in
  ActiveState=active | ActiveState=reloading | ActiveState=activating | ActiveState=deactivating) ;;
  *) return 1 ;;
  esac
}`;

/** The running units of {@link runAsUnit}. systemd is queried only if an exit code is missing. */
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

/** Options of {@link runAsUnit}. */
export interface UnitOptions {
  readonly timeoutSeconds: number;
  readonly signal?: AbortSignal;
  /** The command shown in errors; by default the script. */
  readonly shownAs?: string;
}

/**
 * Runs a long command as a transient unit that survives the loss of k8s-ha and its connection. If a unit of that name
 * already exists (a previous run was interrupted), running or stopping, waits for it instead of starting it again.
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
  // timeout(1), because systemd 219 (CentOS 7) has no RuntimeMaxSec; when it ends, systemd stops the whole unit.
  // The script is a file, because systemd would expand ${…} and $$ in a command line.
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
if [ ! -s ${`${log}.code`} ]; then echo "${unit} was stopped before it finished" >&2; tail -n 20 ${`${log}.log`} >&2; exit 1; fi
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
