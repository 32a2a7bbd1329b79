import { httpsUrl } from "../address.js";
import { flag, setFlag } from "../config-files/static-pod.js";
import { Failure } from "../failure.js";
import { readFile, writeFile } from "../machine/files.js";
import { APISERVER_PORT } from "../machine/kubectl.js";
import { httpStatus } from "../machine/network.js";
import { MANIFESTS, parseIds, removeSandboxes, sandboxIds } from "../machine/static-pods.js";
import { restoreFiles, saveFiles, type SavedFile } from "../machine/saved-files.js";
import { waitUntil } from "../machine/wait.js";
import { sh } from "../shell/shell.js";
import type { ApplyContext, BaseChange, ChangeKind } from "./kind.js";

/** The apiserver of one master runs with another value of one flag. */
export interface StaticPodFlagChange extends BaseChange {
  readonly kind: "static-pod-flag";
  readonly flag: string;
  readonly before: string;
  readonly after: string;
}

const MANIFEST = `${MANIFESTS}/kube-apiserver.yaml`;

interface Before {
  readonly value: string | null;
  readonly saved: readonly SavedFile[];
}

/** Rewrites a flag in kube-apiserver's manifest and restarts it in seconds. */
export const staticPodFlagKind: ChangeKind<StaticPodFlagChange, Before> = {
  kind: "static-pod-flag",
  describe: (c) => `kube-apiserver: --${c.flag}=${c.after}, restarted`,
  diff: (c) => `-     - --${c.flag}=${c.before}\n+     - --${c.flag}=${c.after}`,
  interrupts: () => ({ what: "its apiserver, while the others serve", seconds: 5 }),
  apply: (c, context) => setAndRestart(c.flag, c.after, context),
  undo: {
    target: (c) => c.flag,
    async before(c, { host, runId }) {
      const manifest = await host.ask(readFile(MANIFEST));
      const value = manifest === undefined ? null : (flag(manifest.content, c.flag) ?? null);
      return { value, saved: await saveFiles(host, runId, [MANIFEST]) };
    },
    describe: (c, { value }) => `kube-apiserver: --${c.flag}=${value ?? "?"}, restarted`,
    interrupts: () => "its apiserver for some seconds, while the others serve",
    async drift(c, { value }, host) {
      const manifest = await host.ask(readFile(MANIFEST));
      const now = manifest && flag(manifest.content, c.flag);
      return now === c.after || now === value
        ? undefined
        : `--${c.flag} is ${now ?? "not there"} in ${MANIFEST}`;
    },
    async undo(c, { value, saved: [saved] }, context) {
      if (value === null || saved?.copy === null || saved === undefined) return;
      await setAndRestart(c.flag, value, context, saved);
    },
  },
};

/** Where the manifest is what was saved of it but for this flag, the saved one is put back as a whole. */
async function setAndRestart(
  name: string,
  value: string,
  context: ApplyContext,
  saved?: SavedFile,
): Promise<void> {
  const { host, fleet, note } = context;
  await requireAnotherApiserver(context);
  const manifest = await host.ask(readFile(MANIFEST));
  if (manifest === undefined) throw new Failure(`${MANIFEST} is not there`, { host: host.name });
  const { content, mode, owner } = manifest;
  // Asked for before the kubelet sees the new manifest: the new sandbox is to stay.
  const old = parseIds(await host.run(sandboxIds("kube-apiserver")));
  const text = setFlag(content, name, value);
  const former = saved?.copy == null ? undefined : await host.ask(readFile(saved.copy));
  if (saved !== undefined && former?.content === text) await restoreFiles(host, [saved]);
  else await writeFile(host, { path: MANIFEST, content: text, mode: `0${mode}`, owner });
  // The kubelet gives the old pod 30 s of grace, because watches never end; nothing is gained by them.
  await host.run(removeSandboxes(old));
  note(`waiting for the apiserver on ${host.name}`);
  const isNew = sh`pgrep -af '^kube-apiserver .*'${`--${name}=${value}`} >/dev/null && echo yes || true`;
  await waitUntil(
    `the apiserver on ${host.name} to serve with --${name}=${value}`,
    120,
    fleet.signal,
    async () => {
      const running = (await host.run(isNew)).trim() === "yes";
      return (
        running && (await host.ask(httpStatus(`${httpsUrl(host.address, APISERVER_PORT)}/readyz`))) === 200
      );
    },
  );
}

/** With a second apiserver in the inventory, one that serves: this restart must not be the end of the API. */
async function requireAnotherApiserver({ host, fleet }: ApplyContext): Promise<void> {
  const others = fleet.inventory.controlPlane.filter(({ name }) => name !== host.name);
  if (others.length === 0) return;
  const answers = await Promise.all(
    others.map(({ address }) => host.ask(httpStatus(`${httpsUrl(address, APISERVER_PORT)}/readyz`))),
  );
  if (answers.includes(200)) return;
  throw new Failure("no other apiserver serves, so this one is not restarted", {
    host: host.name,
    hint: "bring another master's apiserver up first",
  });
}
