import { setFlag } from "../config-files/static-pod.js";
import { Failure } from "../failure.js";
import { readFile, writeFile } from "../machine/files.js";
import { APISERVER_PORT } from "../machine/kubectl.js";
import { httpStatus } from "../machine/network.js";
import { MANIFESTS, parseIds, removeSandboxes, sandboxIds } from "../machine/static-pods.js";
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

/** Rewrites a flag in kube-apiserver's manifest and restarts it in seconds. */
export const staticPodFlagKind: ChangeKind<StaticPodFlagChange> = {
  kind: "static-pod-flag",
  describe: (c) => `kube-apiserver: --${c.flag}=${c.after}, restarted`,
  diff: (c) => `-     - --${c.flag}=${c.before}\n+     - --${c.flag}=${c.after}`,
  interrupts: (c) => `the apiserver on ${c.host} for some seconds, while the others serve`,
  async apply(c, context) {
    const { host, fleet, note } = context;
    await requireAnotherApiserver(context);
    const manifest = await host.ask(readFile(MANIFEST));
    if (manifest === undefined) throw new Failure(`${MANIFEST} is not there`, { host: host.name });
    const { content, mode, owner } = manifest;
    // Asked for before the kubelet sees the new manifest: the new sandbox is to stay.
    const old = parseIds(await host.run(sandboxIds("kube-apiserver")));
    await writeFile(host, {
      path: MANIFEST,
      content: setFlag(content, c.flag, c.after),
      mode: `0${mode}`,
      owner,
    });
    // The kubelet gives the old pod 30 s of grace, because watches never end; nothing is gained by them.
    await host.run(removeSandboxes(old));
    note(`waiting for the apiserver on ${c.host}`);
    const isNew = sh`pgrep -af '^kube-apiserver .*'${`--${c.flag}=${c.after}`} >/dev/null && echo yes || true`;
    await waitUntil(
      `the apiserver on ${c.host} to serve with --${c.flag}=${c.after}`,
      120,
      fleet.signal,
      async () => {
        const running = (await host.run(isNew)).trim() === "yes";
        return (
          running && (await host.ask(httpStatus(`https://${host.address}:${APISERVER_PORT}/readyz`))) === 200
        );
      },
    );
  },
};

/** With a second apiserver in the inventory, one that serves: this restart must not be the end of the API. */
async function requireAnotherApiserver({ host, fleet }: ApplyContext): Promise<void> {
  const others = fleet.inventory.controlPlane.filter(({ name }) => name !== host.name);
  if (others.length === 0) return;
  const answers = await Promise.all(
    others.map(({ address }) => host.ask(httpStatus(`https://${address}:${APISERVER_PORT}/readyz`))),
  );
  if (answers.includes(200)) return;
  throw new Failure("no other apiserver serves, so this one is not restarted", {
    host: host.name,
    hint: "bring another master's apiserver up first",
  });
}
