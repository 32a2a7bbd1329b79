import { hostname, userInfo } from "node:os";
import { Failure } from "../failure.js";
import type { Fleet } from "../machine/fleet.js";
import { CommandFailed } from "../machine/query.js";
import { sh } from "../shell/shell.js";

const FILE = "/run/lock/k8s-ha.lock";
const DAY_SECONDS = 86_400;
// So long at the most the command of a program that was killed goes on speaking to nobody.
const DYING_SECONDS = 6;
// sysexits.h: EX_TEMPFAIL and EX_UNAVAILABLE.
const TAKEN = 75;
const NO_FLOCK = 69;

/** Another run changes this cluster right now. */
export class Locked extends Failure {}

/** The right to change the cluster, until it is given back. */
export interface Lock {
  release(): Promise<void>;
}

/**
 * Takes the lock of the cluster, which lies on the first master. It is held by a command there that speaks every two
 * seconds: sshd ends no command when a connection is lost, but one that nobody hears any more ends by itself.
 * Who comes right after a program was killed waits for that.
 * @throws Locked with who holds it; Failure where there is no flock(1).
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
      hint: "install util-linux there, then start again",
    });
  }
  if (error.code !== TAKEN) return error;
  return new Locked(`another run is changing this cluster: ${error.stderr.trim()}`, {
    host,
    hint: "wait for it, or stop it; its end releases the lock",
  });
}

/** For the one who is refused: whom to ask. */
function whoWeAre(): string {
  let user: string;
  try {
    user = userInfo().username;
  } catch {
    // As in some containers: a number without a name.
    user = String(process.getuid?.());
  }
  return `${user}@${hostname()}, process ${process.pid}, since ${new Date().toISOString()}`;
}
