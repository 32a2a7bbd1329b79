import type { Base } from "./build/base.js";
import type { LabIdentity } from "./identity.js";
import { kubeadmConfig, preflightErrorsToIgnore } from "./kubeadm-config.js";
import { checkPods } from "./pod-check.js";
import type { Scenario } from "./scenario.js";
import { sshOutput } from "./ssh.js";

/** The scenario's cluster. */
type Cluster = NonNullable<Scenario["cluster"]>;
const kubectl = "kubectl --kubeconfig /etc/kubernetes/admin.conf";

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
  await on(master, "cat > /root/kubeadm.yaml", kubeadmConfig(cluster, base.version, scenario.containerd));
  await on(master, "kubeadm init --config /root/kubeadm.yaml");
  await on(master, "install -d -o admin -g admin /home/admin/.kube");
  await on(master, "install -m600 -o admin -g admin /etc/kubernetes/admin.conf /home/admin/.kube/config");
  if (cluster.manifests !== undefined) {
    await on(master, `${kubectl} apply -f -`, cluster.manifests.replaceAll("@PAUSE@", base.pauseImage));
  }
  for (const host of cluster.join) {
    say(`kubeadm join on ${host}`);
    const join = await on(master, "kubeadm token create --print-join-command 2>/dev/null");
    const ignored = preflightErrorsToIgnore(base.version.slice(1)).join(",");
    await on(host, `${join.trim()}${ignored === "" ? "" : ` --ignore-preflight-errors=${ignored}`}`);
  }
  say("nodes and pods to become Ready");
  await on(master, `${kubectl} wait --for=condition=Ready node --all --timeout=240s`);
  for (const kind of ["deployment", "daemonset"]) {
    await on(
      master,
      `for each in $(${kubectl} get ${kind} -A -o 'jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name} {end}'); do` +
        ` ${kubectl} -n "\${each%/*}" rollout status ${kind} "\${each#*/}" --timeout=240s || exit; done`,
    );
  }
  await on(master, `${kubectl} wait --for=condition=Ready pod --all -A --timeout=300s`);
  say("a pod on each node to find the API by name");
  await checkPods(lab, scenario, master, base);
  for (const command of cluster.commands) await on(master, command);
}
