import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { on } from "../e2e/cluster.js";
import type { Program } from "../e2e/k8s-ha.js";
import type { Lab } from "../lab/lab.js";

/** An action on the lab, as data. */
export type Action =
  | { readonly on: string; readonly run: string }
  /** On the operator's machine, in the folder with the program's state. */
  | { readonly onOperator: string }
  | { readonly powerOff: string }
  | { readonly powerOn: string }
  | { readonly cut: string }
  | { readonly heal: string }
  /** Drops every SSH connection to the host at once, like a firewall that loses its state. */
  | { readonly cutSshOf: string }
  | { readonly waitSeconds: number };

/** Runs these actions one after the other. */
export async function runActions(program: Program, actions: readonly Action[]): Promise<void> {
  for (const action of actions) await runAction(program, action);
}

async function runAction({ lab, folder }: Program, action: Action): Promise<void> {
  // Not in the lab's network namespace: a mount there is not visible to other processes.
  if ("onOperator" in action) await execa("sh", ["-ec", action.onOperator], { cwd: folder });
  else if ("run" in action) await on(lab, action.on, action.run);
  else if ("powerOff" in action) await lab.powerOff(action.powerOff);
  else if ("powerOn" in action) await lab.powerOn(action.powerOn);
  else if ("cut" in action) await lab.cut(action.cut);
  else if ("heal" in action) await lab.heal(action.heal);
  else if ("waitSeconds" in action) await delay(action.waitSeconds * 1000);
  else await cutSsh(lab, action.cutSshOf);
}

/** The kernel destroys the sockets: a login that kills processes would be too late for a change of one second. */
async function cutSsh(lab: Lab, name: string): Promise<void> {
  const { hosts } = await lab.status();
  const address = hosts.find((host) => host.name === name)?.address ?? "";
  const { stdout, stderr } = await lab.exec(["ss", "-HK", "dst", address, "dport", "=", "22"]);
  if (!stdout.includes("ESTAB")) throw new Error(`there was no connection to ${name} to cut: ${stderr}`);
}

/** Waits, as an operator would, until all nodes are Ready and the API answers on the first master. */
export async function waitForCluster(lab: Lab, seconds = 120): Promise<void> {
  const end = Date.now() + seconds * 1000;
  const look = `kubectl --kubeconfig /etc/kubernetes/admin.conf --server https://10.88.0.11:6443 get nodes --no-headers --request-timeout 5s`;
  for (;;) {
    const { stdout, exitCode } = await lab.ssh("root@master1", look, { timeoutSeconds: 15 });
    if (exitCode === 0 && !/\bNotReady\b/.test(stdout)) return;
    if (Date.now() > end) throw new Error(`the nodes were not ready again within ${seconds} s:\n${stdout}`);
    await delay(1000);
  }
}
