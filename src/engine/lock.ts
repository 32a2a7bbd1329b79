import { hostname, userInfo } from "node:os";
import { Failure } from "../failure.js";
import type { Fleet } from "../machine/fleet.js";
import { CommandFailed } from "../machine/query.js";
import { sh } from "../shell/shell.js";

const FILE = "/run/lock/k8s-ha.lock";
const DAY_SECONDS = 86_400;
// The longest time that the lock command of a killed k8s-ha keeps running.
const DYING_SECONDS = 6;
// sysexits.h: EX_TEMPFAIL and EX_UNAVAILABLE.
const TAKEN = 75;
const NO_FLOCK = 69;

/** Another run is changing this cluster. */
export class Locked extends Failure {}

/** The exclusive right to change the cluster, until it is released. */
export interface Lock {
  release(): Promise<void>;
}

/**
 * Acquires the cluster's lock file on the first master. A command there holds it and prints a line every 2 s: sshd does
 * not end a command when its connection is lost, but the command ends when it can no longer write. A run that starts
 * right after another one was killed waits for that.
 * @throws Locked with the holder; Failure if flock(1) is not installed.
 */
export async function lockCluster(fleet: Fleet, holder = whoWeAre()): Promise<Lock> {
  const master = fleet.firstMaster;
  const ending = new AbortController();
  const script = sh`command -v flock >/dev/null || exit ${NO_FLOCK}
mkdir -p /run/lock
exec 9>>${FILE} || exit 1
flock -w ${DYING_SECONDS} 9 || { code=$?; [ "$code" = 1 ] || exit "$code"; cat ${FILE} >&2; exit ${TAKEN}; }
printf '%s\n' ${holder} >${FILE}
while echo held; do sleep 2 9>&-; done 2>/dev/null`;
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
  return {
    async release() {
      ending.abort();
      await running.catch(() => undefined);
    },
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
  let user: string;
  try {
    user = userInfo().username;
  } catch {
    // Some containers have a user id without a name.
    user = String(process.getuid?.());
  }
  return `${user}@${hostname()}, process ${process.pid}, since ${new Date().toISOString()}`;
}
