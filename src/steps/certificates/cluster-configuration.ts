import { readFile, type FileState } from "../../machine/files.js";
import { listImages } from "../../machine/kubeadm.js";
import { remoteAttempt } from "../../machine/query.js";
import { desiredConfiguration, kubeadmFacts, type KubeadmFacts } from "../../cluster/kubeadm-config.js";
import { check, type Step } from "../step.js";

/** The path of the ClusterConfiguration on the first master before it is written to the cluster. */
const STAGED = "/var/lib/k8s-ha/cluster-configuration.yaml";

interface Facts extends KubeadmFacts {
  readonly staged: FileState | undefined;
}

/** Stages the ClusterConfiguration with endpoint and SANs; kubeadm must accept it before anything uses it. */
export const clusterConfiguration: Step<Facts> = {
  id: "cluster-configuration",
  title: "Stage the ClusterConfiguration with the endpoint and SANs",
  why: "kubeadm uses it for certificates, joins and upgrades, so kubeadm must accept it before it is written to the cluster.",
  rollout: "together",
  on: "first-master",
  async probe(fleet) {
    const [facts, staged] = await Promise.all([kubeadmFacts(fleet), fleet.firstMaster.ask(readFile(STAGED))]);
    return { ...facts, staged };
  },
  plan(facts, inventory) {
    const desired = desiredConfiguration(facts, inventory);
    if (desired === facts.clusterConfiguration || facts.staged?.content === desired) return { changes: [] };
    const host = inventory.controlPlane[0]?.name ?? "";
    return {
      changes: [
        {
          kind: "file",
          host,
          path: STAGED,
          content: desired,
          mode: "0600",
          owner: "root:root",
          before: facts.clusterConfiguration,
        },
      ],
    };
  },
  async verify(fleet) {
    const { name, address } = fleet.firstMaster;
    const facts = await kubeadmFacts(fleet);
    // Not the staged file: it is never removed, and becomes outdated when the cluster is upgraded or changed.
    const clusterConfiguration = desiredConfiguration(facts, fleet.inventory);
    const script = listImages({ ...facts, clusterConfiguration, advertiseAddress: address });
    const look = remoteAttempt(script, ({ code, stderr }) => (code === 0 ? "yes" : `no: ${stderr.trim()}`));
    const accepted = await fleet.firstMaster.ask(look);
    return [check(name, "kubeadm accepts the ClusterConfiguration", "yes", accepted)];
  },
};
