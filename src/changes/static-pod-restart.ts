import { query } from "../machine/query.js";
import { sandboxIds, replaceSandbox } from "../machine/static-pods.js";
import { waitUntil } from "../machine/wait.js";
import { sh } from "../shell/shell.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** A static pod starts anew and reads its files again. */
export interface StaticPodRestartChange extends BaseChange {
  readonly kind: "static-pod-restart";
  /** `kube-controller-manager` or `kube-scheduler`. */
  readonly component: "kube-controller-manager" | "kube-scheduler";
}

const HEALTH_PORT = { "kube-controller-manager": 10257, "kube-scheduler": 10259 } as const;

/** Replaces a component's sandbox and waits for its own /healthz. */
export const staticPodRestartKind: ChangeKind<StaticPodRestartChange> = {
  kind: "static-pod-restart",
  describe: (c) => `restart ${c.component}`,
  interrupts: (c) => `${c.component} on ${c.host} for seconds; a standby takes over after its lease (15 s)`,
  async apply(c, { host, fleet, note }) {
    const before = await host.run(sandboxIds(c.component));
    await host.run(replaceSandbox(c.component));
    note(`waiting for ${c.component} on ${c.host}`);
    const health = `https://127.0.0.1:${HEALTH_PORT[c.component]}/healthz`;
    await waitUntil(`${c.component} on ${c.host} to be healthy`, 90, fleet.signal, async () => {
      const now = await host.ask(query(sandboxIds(c.component), (out) => out.trim()));
      const answer = await host.run(sh`curl -sk --max-time 2 ${health} || true`);
      return now !== "" && now !== before.trim() && answer === "ok";
    });
  },
};
