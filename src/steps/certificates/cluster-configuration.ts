import { readFile, type FileState } from "../../machine/files.js";
import { listImages } from "../../machine/kubeadm.js";
import { remoteAttempt } from "../../machine/query.js";
import { desiredConfiguration, kubeadmFacts, type KubeadmFacts } from "../cluster.js";
import { check, type Step } from "../step.js";

/** Where the ClusterConfiguration lies on the first master until the cluster has it. */
const STAGED = "/var/lib/k8s-ha/cluster-configuration.yaml";

interface Facts extends KubeadmFacts {
  readonly staged: FileState | undefined;
}

/** Fetches kubeadm-config, adds endpoint and SANs, and has kubeadm itself read the result before anything uses it. */
export const clusterConfiguration: Step<Facts> = {
  id: "cluster-configuration",
  title: "Write the ClusterConfiguration with the endpoint and its names",
  why: "kubeadm makes certificates, joins and upgrades from it; it is tried here before the cluster gets it.",
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
    // Not the staged text, which stays for good: the cluster is upgraded and changed after it.
    const clusterConfiguration = desiredConfiguration(facts, fleet.inventory);
    const script = listImages({ ...facts, clusterConfiguration, advertiseAddress: address });
    const look = remoteAttempt(script, ({ code, stderr }) => (code === 0 ? "yes" : `no: ${stderr.trim()}`));
    const accepted = await fleet.firstMaster.ask(look);
    return [check(name, "kubeadm accepts the ClusterConfiguration", "yes", accepted)];
  },
};
