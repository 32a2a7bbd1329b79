import { notReadyAgain, type ReadyPod } from "../cluster/ready-pods.js";
import { Failure } from "../failure.js";
import type { WritableHost } from "../machine/host.js";
import { query } from "../machine/query.js";
import { isLost, waitUntil } from "../machine/wait.js";
import { sh } from "../shell/shell.js";
import type { ApplyContext } from "./kind.js";

/** The pods that were Ready before the kubelet of their node restarted. */
export interface Remembered {
  readonly node: string;
  readonly pods: readonly ReadyPod[];
}

/** A node's list has at most some hundred pods, which is too much to read several times a second. */
const PAUSE_MS = 1000;
/** More names are of no use in one line. */
const MOST = 10;

/**
 * Waits until the pods are Ready again, and {@link forget}s them: after an error, the next run does not wait again.
 * @param losesReadiness see {@link notReadyAgain}
 * @throws Failure that names the pods that are not, after the time that their probes may take without progress
 */
export async function waitForPods(
  awaited: Remembered,
  losesReadiness: boolean,
  context: ApplyContext,
): Promise<void> {
  const { firstMaster } = context.fleet;
  try {
    await untilReady(awaited, losesReadiness, context);
  } catch (error) {
    if (error instanceof NotReadyAgain) await forget(awaited.node, firstMaster);
    throw error;
  }
  await forget(awaited.node, firstMaster);
}

class NotReadyAgain extends Failure {}

async function untilReady(
  { node, pods }: Remembered,
  losesReadiness: boolean,
  { host, fleet, note }: ApplyContext,
): Promise<void> {
  const limit = Math.max(...pods.map(({ limitSeconds }) => limitSeconds));
  const started = performance.now();
  let left: readonly ReadyPod[] = [];
  let [next, noted] = [0, false];
  const areReady = async () => {
    if (performance.now() < next) return false;
    const secondsAgo = (performance.now() - started) / 1000;
    left = await notReadyAgain(node, pods, fleet.look(), { secondsAgo, losesReadiness });
    next = performance.now() + PAUSE_MS;
    if (left.length > 0 && !noted) {
      noted = true;
      note(`waiting for the readiness probes of the pods on ${node}: ${list(left)}; for at most ${limit} s`);
    }
    return left.length === 0;
  };
  try {
    await waitUntil(`the pods on ${node} to be Ready again`, limit, fleet.signal, areReady, () => list(left));
  } catch (error) {
    if (left.length === 0 || !(error instanceof Failure) || isLost(error)) throw error;
    throw new NotReadyAgain(
      `pods on ${node} that were Ready before its kubelet restarted have not been Ready again for ${limit} s: ${list(left)}`,
      {
        host: host.name,
        hint: "find out why with kubectl describe pod; then run the same command again (migrate with --resume): it does not wait for these pods again",
        cause: error,
      },
    );
  }
}

/** On the first master, so that a resumed run finds it, whichever node is the next; in memory, as long as it is needed. */
const FOLDER = "/run/k8s-ha";
const PREFIX = `${FOLDER}/ready-pods-`;

/** Saves the pods that are to be Ready again before another kubelet restarts, in case the run is interrupted. */
export async function remember(pods: Remembered, master: WritableHost): Promise<void> {
  const file = `${PREFIX}${pods.node}.json`;
  await master.run(sh`umask 077; mkdir -p ${FOLDER}; cat >${file}`, { stdin: `${JSON.stringify(pods)}\n` });
}

/** Removes what {@link remember} saved of a node. */
async function forget(node: string, master: WritableHost): Promise<void> {
  await master.run(sh`rm -f ${`${PREFIX}${node}.json`}`);
}

/** What {@link remember} saved within the last hour, the longest limit, and an interrupted run did not remove. */
export function remembered(master: WritableHost): Promise<readonly Remembered[]> {
  return master.ask(
    query(sh`find ${FOLDER} -name 'ready-pods-*.json' -mmin -60 -exec cat {} + 2>/dev/null || true`, (out) =>
      out.split("\n").flatMap(parsed),
    ),
  );
}

/** Empty for a line that was not written completely. */
function parsed(line: string): Remembered[] {
  try {
    return [JSON.parse(line) as Remembered];
  } catch {
    return [];
  }
}

function list(pods: readonly ReadyPod[]): string {
  const names = pods.slice(0, MOST).map(({ name }) => name);
  const more = pods.length > MOST ? ` and ${pods.length - MOST} more` : "";
  return `${names.join(", ")}${more}`;
}
