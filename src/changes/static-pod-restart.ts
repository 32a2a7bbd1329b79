import { query } from "../machine/query.js";
import { parseIds, removeSandboxes, sandboxIds } from "../machine/static-pods.js";
import { waitUntil } from "../machine/wait.js";
import { sh } from "../shell/shell.js";
import type { ApplyContext, BaseChange, ChangeKind } from "./kind.js";

/** Static pods of one master start anew and read their files again. */
export interface StaticPodRestartChange extends BaseChange {
  readonly kind: "static-pod-restart";
  readonly components: readonly RestartableComponent[];
}

/** The components whose restart interrupts no client of the API. */
export type RestartableComponent = "kube-controller-manager" | "kube-scheduler";

const HEALTH_PORT = { "kube-controller-manager": 10257, "kube-scheduler": 10259 } as const;

/** Replaces the components' sandboxes and waits for their own /healthz. */
export const staticPodRestartKind: ChangeKind<StaticPodRestartChange, null> = {
  kind: "static-pod-restart",
  describe: (c) => `restart ${c.components.join(" and ")}`,
  interrupts: (c) =>
    `${c.components.join(" and ")} on ${c.host} for seconds; a standby takes over after a lease of 15 s`,
  async apply(c, context) {
    await Promise.all(c.components.map((component) => restart(component, context)));
  },
  undo: {
    target: (c) => c.components.join(),
    before: () => Promise.resolve(null),
    describe: (c) => staticPodRestartKind.describe(c),
    activates: true,
    undo: (c, _, context) => staticPodRestartKind.apply(c, context),
  },
};

async function restart(component: RestartableComponent, { host, fleet, note }: ApplyContext): Promise<void> {
  const before = parseIds(await host.run(sandboxIds(component)));
  await host.run(removeSandboxes(before));
  note(`waiting for ${component} on ${host.name}`);
  const health = `https://127.0.0.1:${HEALTH_PORT[component]}/healthz`;
  await waitUntil(`${component} on ${host.name} to be healthy`, 90, fleet.signal, async () => {
    const now = await host.ask(query(sandboxIds(component), parseIds));
    const answer = await host.run(sh`curl -sk --max-time 2 ${health} || true`);
    return now.some((id) => !before.includes(id)) && answer === "ok";
  });
}
