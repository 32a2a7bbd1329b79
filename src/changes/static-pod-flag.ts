import { httpsUrl } from "../address.js";
import { flag, setFlag, withoutFlag } from "../config-files/static-pod.js";
import { Failure } from "../failure.js";
import { readFile, writeFile } from "../machine/files.js";
import { httpStatus } from "../machine/network.js";
import { manifests, MANIFESTS, parseIds, removeSandboxes, sandboxIds } from "../machine/static-pods.js";
import { restoreFiles, saveFiles, type SavedFile } from "../machine/saved-files.js";
import { isLost, waitUntil } from "../machine/wait.js";
import { APISERVER_PORT } from "../ports.js";
import { sh } from "../shell/shell.js";
import type { ApplyContext, BaseChange, ChangeKind } from "./kind.js";

/** Changes the value of one flag of a master's apiserver. */
export interface StaticPodFlagChange extends BaseChange {
  readonly kind: "static-pod-flag";
  readonly flag: string;
  /** Absent if the flag was not set. */
  readonly before?: string;
  readonly after: string;
  /** The cluster has no other apiserver: the API is unavailable while this one restarts. */
  readonly isOnly?: true;
}

const MANIFEST = `${MANIFESTS}/kube-apiserver.yaml`;

interface Before {
  /** `null` if the flag was not set, or the manifest did not exist. */
  readonly value: string | null;
  readonly saved: readonly SavedFile[];
}

/** Rewrites a flag in kube-apiserver's manifest and restarts it in seconds. */
export const staticPodFlagKind: ChangeKind<StaticPodFlagChange, Before> = {
  kind: "static-pod-flag",
  mark: "~",
  describe: (c) => `kube-apiserver: set --${c.flag}=${c.after} and restart`,
  diff: (c) =>
    [
      ...(c.before === undefined ? [] : [`-     - --${c.flag}=${c.before}`]),
      `+     - --${c.flag}=${c.after}`,
    ].join("\n"),
  interrupts: (c) => ({
    what: c.isOnly
      ? "the API, because this is its only apiserver"
      : "this host's apiserver, while the others serve",
    seconds: 5,
  }),
  async apply(c, context) {
    if (c.isOnly) return restartTheOnlyOne(c, context);
    await requireAnotherApiserver(context);
    await setAndRestart(c.flag, c.after, context);
  },
  undo: {
    target: (c) => c.flag,
    async before(c, { host, runId }) {
      const manifest = await host.ask(readFile(MANIFEST));
      const value = manifest === undefined ? null : (flag(manifest.content, c.flag) ?? null);
      return { value, saved: await saveFiles(host, runId, [MANIFEST]) };
    },
    describe: (c, { value }) =>
      `kube-apiserver: ${value === null ? `remove --${c.flag}` : `set --${c.flag}=${value}`} and restart`,
    interrupts: (c) =>
      c.isOnly
        ? "the API for some seconds"
        : "this host's apiserver for some seconds, while the others serve",
    async drift(c, { value }, host) {
      const manifest = await host.ask(readFile(MANIFEST));
      const now = manifest && flag(manifest.content, c.flag);
      return now === c.after || now === (value ?? undefined)
        ? undefined
        : `--${c.flag} is ${now ?? "not set"} in ${MANIFEST}`;
    },
    async undo(c, { value, saved: [saved] }, context) {
      if (saved === undefined || saved.copy === null) return;
      await requireAnotherApiserver(context);
      await setAndRestart(c.flag, value, context, saved);
    },
  },
};

/** Restores the manifest at once if the apiserver does not come up: a rollback needs the API. */
async function restartTheOnlyOne(c: StaticPodFlagChange, context: ApplyContext): Promise<void> {
  const { host, fleet } = context;
  const former = await host.ask(readFile(MANIFEST));
  try {
    await setAndRestart(c.flag, c.after, context);
  } catch (error) {
    if (former === undefined || !(error instanceof Failure) || isLost(error)) throw error;
    fleet.signal?.throwIfAborted();
    const { content, mode, owner } = former;
    await writeFile(host, { path: MANIFEST, content, mode: `0${mode}`, owner });
    throw new Failure(`${error.message}; ${MANIFEST} was restored`, {
      host: host.name,
      hint: `wait until the API answers again (the kubelet restarts it), then find out why it did not: ls -t /var/log/pods/kube-system_kube-apiserver-*/*/*.log; journalctl -u kubelet`,
      cause: error,
    });
  }
}

/** `null` removes the flag. If the manifest differs from the saved one only in this flag, the saved one is restored. */
async function setAndRestart(
  name: string,
  value: string | null,
  context: ApplyContext,
  saved?: SavedFile,
): Promise<void> {
  const { host, fleet, note } = context;
  const manifest = await host.ask(readFile(MANIFEST));
  if (manifest === undefined) throw new Failure(`${MANIFEST} does not exist`, { host: host.name });
  const { content, mode, owner } = manifest;
  // Listed before the kubelet sees the new manifest: the new sandbox must stay.
  const old = parseIds(await host.run(sandboxIds("kube-apiserver")));
  const text = value === null ? withoutFlag(content, name) : setFlag(content, name, value);
  const former = saved?.copy == null ? undefined : await host.ask(readFile(saved.copy));
  if (saved !== undefined && former?.content === text) await restoreFiles(host, [saved]);
  else await writeFile(host, { path: MANIFEST, content: text, mode: `0${mode}`, owner });
  // The kubelet would wait for the grace period of 30 s, because watches never end; that is of no benefit.
  await host.run(removeSandboxes(old));
  note(`waiting for the apiserver on ${host.name}`);
  const awaited = value === null ? `without --${name}` : `with --${name}=${value}`;
  const isNew =
    value === null
      ? sh`pgrep -af '^kube-apiserver ' | grep -qv -e ${` --${name}=`} && echo yes || true`
      : sh`pgrep -af '^kube-apiserver .*'${`--${name}=${value}( |$)`} >/dev/null && echo yes || true`;
  await waitUntil(`the apiserver on ${host.name} to serve ${awaited}`, 120, fleet.signal, async () => {
    const running = (await host.run(isNew)).trim() === "yes";
    return (
      running && (await host.ask(httpStatus(`${httpsUrl(host.address, APISERVER_PORT)}/readyz`))) === 200
    );
  });
}

/** If the cluster has other apiservers, one of them must serve: this restart must not interrupt the API. */
async function requireAnotherApiserver({ host, fleet }: ApplyContext): Promise<void> {
  const masters = fleet.inventory.controlPlane.filter(({ name }) => name !== host.name);
  const components = await Promise.all(masters.map(({ name }) => fleet.host(name).ask(manifests)));
  const others = masters.filter((_, index) => components[index]?.includes("kube-apiserver"));
  if (others.length === 0) return;
  const answers = await Promise.all(
    others.map(({ address }) => host.ask(httpStatus(`${httpsUrl(address, APISERVER_PORT)}/readyz`))),
  );
  if (answers.includes(200)) return;
  throw new Failure("this apiserver is not restarted, because no other apiserver is ready", {
    host: host.name,
    hint: "start another master's apiserver first",
  });
}
