import { httpsUrl } from "../address.js";
import { query } from "../machine/query.js";
import { parseIds, removeSandboxes, sandboxIds } from "../machine/static-pods.js";
import { COMPONENT_SECONDS, waitUntil } from "../machine/wait.js";
import { APISERVER_PORT } from "../ports.js";
import { sh } from "../shell/shell.js";
import type { ApplyContext, BaseChange, ChangeKind } from "./kind.js";

/** Restarts static pods of one master, so that they reload their files. */
export interface StaticPodRestartChange extends BaseChange {
  readonly kind: "static-pod-restart";
  readonly components: readonly RestartableComponent[];
}

/** The health check URL of each component; the two without clients listen only on the loopback address. */
const HEALTH = {
  "kube-apiserver": (address: string) => `${httpsUrl(address, APISERVER_PORT)}/readyz`,
  "kube-controller-manager": () => "https://127.0.0.1:10257/healthz",
  "kube-scheduler": () => "https://127.0.0.1:10259/healthz",
} as const;

/** A component that reloads its files when it restarts. */
export type RestartableComponent = keyof typeof HEALTH;

/** Replaces the components' sandboxes and waits until each is healthy. */
export const staticPodRestartKind: ChangeKind<StaticPodRestartChange, null> = {
  kind: "static-pod-restart",
  mark: "~",
  describe: (c) => `restart ${c.components.join(" and ")}`,
  interrupts: (c) =>
    c.components.includes("kube-apiserver")
      ? { what: "this host's apiserver, and with a single master the API", seconds: 5 }
      : {
          what: `${c.components.join(" and ")}, until the lease expires and a standby takes over`,
          seconds: 15,
        },
  async apply(c, context) {
    await Promise.all(c.components.map((component) => restart(component, context)));
  },
  undo: {
    target: (c) => c.components.join(),
    before: () => Promise.resolve(null),
    describe: (c) => staticPodRestartKind.describe(c),
    interrupts: (c) => `${c.components.join(" and ")} for some seconds`,
    activates: true,
    undo: (c, _, context) => staticPodRestartKind.apply(c, context),
  },
};

async function restart(component: RestartableComponent, { host, fleet, note }: ApplyContext): Promise<void> {
  const before = parseIds(await host.run(sandboxIds(component)));
  await host.run(removeSandboxes(before));
  note(`waiting for ${component} on ${host.name}`);
  const health = HEALTH[component](host.address);
  await waitUntil(`${component} on ${host.name} to be healthy`, COMPONENT_SECONDS, fleet.signal, async () => {
    const now = await host.ask(query(sandboxIds(component), parseIds));
    const answer = await host.run(sh`curl -sk --max-time 2 ${health} || true`);
    return now.some((id) => !before.includes(id)) && answer === "ok";
  });
}
