import { withoutRun, writtenBy, type BalancerPod } from "../config-files/load-balancer-pods.js";
import { Failure } from "../failure.js";
import { modifiedTimes, readFile, writeFile } from "../machine/files.js";
import type { WritableHost } from "../machine/host.js";
import { podManifest, podRunsSince } from "../machine/load-balancer-pods.js";
import { putBack, restoreFiles, saveFiles, isAsSaved, type SavedFile } from "../machine/saved-files.js";
import { COMPONENT_SECONDS, waitUntil } from "../machine/wait.js";
import { unifiedDiff } from "./diff.js";
import type { ApplyContext, BaseChange, ChangeKind } from "./kind.js";

/** Runs a static pod of a load balancer with this manifest and its current files. */
export interface StaticPodChange extends BaseChange {
  readonly kind: "static-pod";
  readonly pod: BalancerPod;
  /** Its content, without the ID of the run that writes it. */
  readonly manifest: string;
  /** Its former content, likewise; `null` if there was none. */
  readonly before: string | null;
  /** Why the change is needed: `not running`, `not listening`, `new configuration`. */
  readonly because: string;
}

/** Writes a manifest that always differs from the former one, so that the kubelet stops the former pod gracefully. */
export const staticPodKind: ChangeKind<StaticPodChange, SavedFile[]> = {
  kind: "static-pod",
  mark: ({ before }) => (before === null ? "+" : "~"),
  survivesReset: true,
  describe: (c) => `static pod ${c.pod}: ${c.before === null ? "start" : "restart"} (${c.because})`,
  diff: (c) =>
    c.before === c.manifest ? undefined : unifiedDiff(podManifest(c.pod), c.before ?? undefined, c.manifest),
  interrupts: (c) =>
    c.before === null
      ? undefined
      : c.pod === "haproxy"
        ? { what: "connections to the API through this machine's haproxy", seconds: 3 }
        : { what: "the VIP, if this machine holds it, until another one takes it over", seconds: 4 },
  async apply(c, context) {
    const { host, runId } = context;
    const path = podManifest(c.pod);
    await writeFile(host, { path, content: writtenBy(runId, c.manifest), mode: "0600", owner: "root:root" });
    const written = (await host.ask(modifiedTimes([path]))).get(path) ?? 0;
    await started(c.pod, written, context);
  },
  undo: {
    target: (c) => c.pod,
    before: (c, { host, runId }) => saveFiles(host, runId, [podManifest(c.pod)]),
    describe: (c, saved) =>
      `static pod ${c.pod}: ${isThere(saved) ? "start the former one" : "stop it"} (${putBack(...saved)})`,
    interrupts: (c, saved) => (isThere(saved) ? undefined : `${c.pod}, which did not run before`),
    activates: true,
    async drift(c, [saved], host) {
      const path = podManifest(c.pod);
      const now = await host.ask(readFile(path));
      if (now === undefined || withoutRun(now.content) === c.manifest) return undefined;
      const isBack = saved !== undefined && (await isAsSaved(host, saved));
      return isBack ? undefined : `${path} was modified outside k8s-ha`;
    },
    async undo(c, saved, context) {
      const { host, fleet, note } = context;
      const [file] = saved;
      const isBack = file !== undefined && (await isAsSaved(host, file));
      const former = await host.ask(podRunsSince(c.pod));
      await restoreFiles(host, saved);
      if (!isThere(saved)) {
        note(`waiting for ${c.pod} on ${host.name} to stop`);
        await ended(c.pod, host, fleet.signal);
      } else if (!isBack) {
        await started(c.pod, former ?? 0, context);
      }
    },
  },
};

function isThere([file]: readonly SavedFile[]): boolean {
  return file !== undefined && file.copy !== null;
}

async function started(pod: BalancerPod, after: number, { host, fleet, note }: ApplyContext): Promise<void> {
  note(`waiting for ${pod} on ${host.name}`);
  await waitUntil(`the static pod ${pod} to start`, COMPONENT_SECONDS, fleet.signal, async () => {
    const since = await host.ask(podRunsSince(pod));
    if (since === undefined) {
      throw new Failure(`it does not run; on ${host.name}: crictl ps -a --name ${pod}, then crictl logs ID`);
    }
    return since > after;
  });
}

async function ended(pod: BalancerPod, host: WritableHost, signal: AbortSignal | undefined): Promise<void> {
  await waitUntil(`the static pod ${pod} to stop`, COMPONENT_SECONDS, signal, async () => {
    return (await host.ask(podRunsSince(pod))) === undefined;
  });
}
