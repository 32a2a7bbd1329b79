import { Failure } from "../failure.js";
import type { Fleet } from "../machine/fleet.js";
import { CommandFailed, query, type Query } from "../machine/query.js";
import { sh } from "../shell/shell.js";
import { operatorName } from "./operator-name.js";

const FILE = "/run/lock/k8s-ha.lock";
/** The uptime of the master, in seconds, when the holder's k8s-ha last reported that it runs. */
const ALIVE = "/run/lock/k8s-ha.alive";
const DAY_SECONDS = 86_400;
// The longest time that the lock command of a killed k8s-ha keeps running.
const DYING_SECONDS = 6;
const HEARTBEAT_SECONDS = 4;
// After a dropped connection, TCP would keep the lock command running for up to 15 minutes.
const SILENT_SECONDS = 20;
// sysexits.h: EX_TEMPFAIL and EX_UNAVAILABLE.
const TAKEN = 75;
const NO_FLOCK = 69;

/** Another run is changing this cluster. */
export class Locked extends Failure {}

/** The exclusive right to change the cluster, until it is released. */
export interface Lock {
  release(): Promise<void>;
  /** Whether it ended before its release: another run may have it now. */
  isLost(): boolean;
}

/**
 * The holder of the lock, as `USER@MACHINE, process PID, since TIME`; `undefined` if it is free. Asked of the first
 * master, with a shared lock that ends at once: a run that starts in this moment waits for it.
 */
export const lockHolder: Query<string | undefined> = query(
  sh`if [ -e ${FILE} ]; then exec 9<${FILE}; flock -n -s 9 || { [ $? = 1 ] && cat ${FILE}; }; fi`,
  (out) => out.trim() || undefined,
);

/** Shell: `now` prints the uptime, which no clock adjustment changes; `silent SECONDS`: no heartbeat for so long. */
const HEARTBEAT = sh`now() { read -r up _ </proc/uptime; echo "\${up%%.*}"; }
beat() { now >${`${ALIVE}.new`} && mv ${`${ALIVE}.new`} ${ALIVE}; }
silent() { read -r seen <${ALIVE} && [ $(($(now) - seen)) -ge "$1" ]; } 2>/dev/null`;

/**
 * Acquires the cluster's lock file on the first master. A command there holds it and prints a line every 2 s: sshd does
 * not end a command when its connection is lost, but the command ends when it can no longer write, or after 20 s without
 * a heartbeat of this program. A run that starts right after another one was killed or disconnected waits for that.
 * @throws Locked with the holder; Failure if flock(1) is not installed.
 */
export async function lockCluster(fleet: Fleet, holder = whoWeAre()): Promise<Lock> {
  const master = fleet.firstMaster;
  const ending = new AbortController();
  const script = sh`command -v flock >/dev/null || exit ${NO_FLOCK}
mkdir -p /run/lock
exec 9>>${FILE} || exit 1
${HEARTBEAT}
flock -w ${DYING_SECONDS} 9 || {
  code=$?; [ "$code" = 1 ] || exit "$code"
  { silent ${DYING_SECONDS} && flock -w ${SILENT_SECONDS} 9; } || { cat ${FILE} >&2; exit ${TAKEN}; }
}
printf '%s\n' ${holder} >${FILE}
beat
while echo held && ! silent ${SILENT_SECONDS}; do sleep 2 9>&-; done 2>/dev/null`;
  let running = Promise.resolve("");
  const held = new Promise<void>((resolve) => {
    running = master.run(script, {
      timeoutSeconds: DAY_SECONDS,
      signal: ending.signal,
      shownAs: `flock ${FILE}`,
      onStdout: () => {
        resolve();
      },
    });
  });
  await Promise.race([held, running]).catch((error: unknown) => {
    throw reasonOf(error, master.name);
  });
  let ended = false as boolean;
  const end = (): void => {
    ended = true;
  };
  running.then(end, end);
  const beat = sh`${HEARTBEAT}
beat`;
  const beating = setInterval(() => {
    master.run(beat, { timeoutSeconds: SILENT_SECONDS }).catch(() => undefined);
  }, HEARTBEAT_SECONDS * 1000).unref();
  return {
    async release() {
      clearInterval(beating);
      ending.abort();
      await running.catch(() => undefined);
    },
    isLost: () => ended && !ending.signal.aborted,
  };
}

function reasonOf(error: unknown, host: string): unknown {
  if (!(error instanceof CommandFailed)) return error;
  if (error.code === NO_FLOCK) {
    return new Failure("flock is not installed", {
      host,
      hint: "install util-linux on the host, then run again",
    });
  }
  if (error.code !== TAKEN) return error;
  return new Locked(`another run is changing this cluster: ${error.stderr.trim()}`, {
    host,
    hint: "wait for it to finish, or stop it; the lock is released when it ends",
  });
}

/** Identifies the holder in the error of a refused run. */
function whoWeAre(): string {
  return `${operatorName()}, process ${process.pid}, since ${new Date().toISOString()}`;
}
