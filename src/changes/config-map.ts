import { kubectl } from "../machine/kubectl.js";
import { remoteQuery } from "../machine/query.js";
import { waitUntil } from "../machine/wait.js";
import { Failure } from "../failure.js";
import { sh } from "../shell/shell.js";
import { unifiedDiff } from "./diff.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** Some keys of a ConfigMap get new texts; everything else in it stays. */
export interface ConfigMapChange extends BaseChange {
  readonly kind: "config-map";
  readonly namespace: string;
  readonly name: string;
  readonly data: Readonly<Record<string, { readonly before: string; readonly after: string }>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Whether its signatures for joining nodes (`jws-kubeconfig-TOKEN`) must be made anew before one may join. */
  readonly signed?: boolean;
}

interface RawConfigMap {
  metadata: { annotations?: Record<string, string> };
  data?: Record<string, string>;
}

/** Replaces a ConfigMap under its resourceVersion, so that nobody else's edit in between is lost. */
export const configMapKind: ChangeKind<ConfigMapChange> = {
  kind: "config-map",
  describe: (c) => `ConfigMap ${c.namespace}/${c.name}: ${Object.keys(c.data).join(", ")}`,
  diff: (c) =>
    Object.entries(c.data)
      .map(([key, { before, after }]) => unifiedDiff(`${c.namespace}/${c.name}:${key}`, before, after))
      .join("\n"),
  async apply(c, { host, fleet, note }) {
    const path = `/api/v1/namespaces/${c.namespace}/configmaps/${c.name}`;
    const read = remoteQuery(kubectl(host, ["get", "--raw", path]), (out) => JSON.parse(out) as RawConfigMap);
    const object = await host.ask(read);
    const signatures = signaturesOf(object);
    const data = (object.data ??= {});
    if (Object.entries(c.data).every(([key, { after }]) => data[key] === after)) return;
    for (const [key, { before, after }] of Object.entries(c.data)) {
      if (data[key] !== before && data[key] !== after) {
        throw new Failure(`the ConfigMap ${c.namespace}/${c.name} was changed by someone else meanwhile`, {
          host: host.name,
          hint: "look at it, then start again: the plan is made anew from what stands there",
        });
      }
      data[key] = after;
    }
    if (c.annotations) object.metadata.annotations = { ...object.metadata.annotations, ...c.annotations };
    await host.run(sh`${kubectl(host, ["replace", "-f", "-"])}`, { stdin: JSON.stringify(object) });
    if (c.signed !== true) return;
    // A stale signature makes a join fail: the bootstrap signer renews them within seconds.
    note("waiting for new signatures");
    await waitUntil(`new signatures in ${c.namespace}/${c.name}`, 60, fleet.signal, async () => {
      const now = new Map(signaturesOf(await host.ask(read)));
      return signatures.every(([key, old]) => now.get(key) !== old);
    });
  },
};

function signaturesOf(object: RawConfigMap): [string, string][] {
  return Object.entries(object.data ?? {}).filter(([key]) => key.startsWith("jws-kubeconfig-"));
}
