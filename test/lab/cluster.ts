import { join } from "node:path";
import { existsSync } from "node:fs";
import { parseAllDocuments, stringify } from "yaml";
import { z } from "zod";
import type { Base } from "./build/base.js";
import { hostRoot } from "./hosts.js";
import type { LabIdentity } from "./identity.js";
import type { Scenario } from "./scenario.js";
import { sshOutput, sshResult } from "./ssh.js";
import { waitFor } from "./waiting.js";

type Cluster = NonNullable<Scenario["cluster"]>;
const kubectl = "kubectl --kubeconfig /etc/kubernetes/admin.conf";

/** kubeadm's configuration with the version of the programs at hand. */
export function kubeadmConfig(config: string, version: string): string {
  const documents = parseAllDocuments(config).map((document) => document.toJS() as Record<string, unknown>);
  return documents
    .map((each) => (each["kind"] === "ClusterConfiguration" ? { kubernetesVersion: version, ...each } : each))
    .map((each) => stringify(each))
    .join("---\n");
}

/** Makes the cluster on booted hosts: init, join, objects, and waits until it is settled. */
export async function makeCluster(
  lab: LabIdentity,
  scenario: Scenario,
  cluster: Cluster,
  base: Base,
  say: (text: string) => void,
): Promise<void> {
  const master = cluster.init.host;
  const on = (host: string, command: string, input = "") =>
    sshOutput(lab, scenario, host, command, { input });
  say("kubeadm init");
  await on(master, "cat > /root/kubeadm.yaml", kubeadmConfig(cluster.init.config, base.version));
  await on(master, "kubeadm init --config /root/kubeadm.yaml");
  await on(master, "install -d -o admin -g admin /home/admin/.kube");
  await on(master, "install -m600 -o admin -g admin /etc/kubernetes/admin.conf /home/admin/.kube/config");
  if (cluster.manifests !== undefined) {
    await on(master, `${kubectl} apply -f -`, cluster.manifests.replaceAll("@PAUSE@", base.pauseImage));
  }
  for (const host of cluster.join) {
    say(`kubeadm join on ${host}`);
    const join = await on(master, "kubeadm token create --print-join-command 2>/dev/null");
    await on(host, join.trim());
  }
  say("nodes and pods to become Ready");
  await on(master, `${kubectl} wait --for=condition=Ready node --all --timeout=120s`);
  for (const kind of ["deployment", "daemonset"]) {
    await on(
      master,
      `for each in $(${kubectl} get ${kind} -A -o 'jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name} {end}'); do` +
        ` ${kubectl} -n "\${each%/*}" rollout status ${kind} "\${each#*/}" --timeout=120s || exit; done`,
    );
  }
  await on(master, `${kubectl} wait --for=condition=Ready pod --all -A --timeout=180s`);
  for (const command of cluster.commands) await on(master, command);
}

const nodeList = z.object({
  items: z.array(
    z.object({
      status: z.object({
        conditions: z
          .array(z.object({ type: z.string(), status: z.string(), lastHeartbeatTime: z.string() }))
          .default([]),
      }),
    }),
  ),
});

/** Whether every node in `kubectl get nodes -o json` is Ready, and said so itself after `since`. */
export function allReadySince(nodesJson: string, since: Date): boolean {
  const { items } = nodeList.parse(JSON.parse(nodesJson));
  const wholeSecond = Math.floor(since.getTime() / 1000) * 1000;
  return (
    items.length > 0 &&
    items.every(({ status }) =>
      status.conditions.some(
        ({ type, status: ready, lastHeartbeatTime }) =>
          type === "Ready" && ready === "True" && Date.parse(lastHeartbeatTime) >= wholeSecond,
      ),
    )
  );
}

/** Waits until the API answers and every node has reported Ready after `since`; nothing to wait for without a cluster. */
export async function waitForCluster(lab: LabIdentity, scenario: Scenario, since: Date): Promise<void> {
  const master = scenario.cluster?.init.host;
  if (master === undefined || !existsSync(join(hostRoot(lab, master), "etc/kubernetes/admin.conf"))) return;
  await waitFor("the API and the nodes to be ready", 120, async () => {
    const command = `${kubectl} --request-timeout=3s get --raw=/readyz >/dev/null && ${kubectl} get nodes -o json`;
    const { exitCode, stdout } = await sshResult(lab, scenario, master, command, { timeoutSeconds: 10 });
    return exitCode === 0 && allReadySince(stdout, since) ? true : undefined;
  });
}
