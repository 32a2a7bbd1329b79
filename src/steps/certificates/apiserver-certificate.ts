import type { StaticPodRestartChange } from "../../changes/static-pod-restart.js";
import { certificate } from "../../machine/certificates.js";
import { nodeAt, nodes } from "../../cluster/kubernetes.js";
import {
  desiredConfiguration,
  desiredSans,
  kubeadmFacts,
  type KubeadmFacts,
} from "../../cluster/kubeadm-config.js";
import { check, type Step } from "../step.js";

interface Facts extends KubeadmFacts {
  readonly hosts: readonly {
    readonly name: string;
    /** Its node name in the cluster. */
    readonly node: string | undefined;
    readonly sans: readonly string[] | undefined;
  }[];
}

/** Without a restart, the apiserver reloads the certificate itself: at once, or before 1.23 within a minute. */
function restart(host: string): StaticPodRestartChange {
  return { kind: "static-pod-restart", host, components: ["kube-apiserver"] };
}

const CERTIFICATE = "/etc/kubernetes/pki/apiserver.crt";

/** Adds the endpoint's names to the certificate of every running apiserver. */
export const apiserverCertificate: Step<Facts> = {
  id: "apiserver-certificate",
  title: "Add the endpoint to the apiserver certificates",
  why: "Clients reject an apiserver whose certificate does not contain the name or address that they connect to.",
  requires: [
    {
      steps: ["cluster-configuration"],
      why: "kubeadm creates the certificate from the names in that configuration",
    },
  ],
  rollout: "one-by-one",
  on: "masters",
  async probe(fleet) {
    const masters = fleet.hosts("controlPlane");
    const [facts, all, found] = await Promise.all([
      kubeadmFacts(fleet),
      nodes(fleet),
      Promise.all(masters.map((host) => host.ask(certificate(CERTIFICATE)))),
    ]);
    const hosts = masters.map(({ name, address }, i) => ({
      name,
      node: nodeAt(all, address)?.metadata.name,
      sans: found[i]?.sans,
    }));
    return { ...facts, hosts };
  },
  plan(facts, inventory) {
    const config = desiredConfiguration(facts, inventory);
    const wanted = desiredSans(facts, inventory);
    return {
      changes: facts.hosts.flatMap(({ name, node, sans }) => {
        if (sans === undefined || wanted.every((san) => sans.includes(san))) return [];
        return [
          {
            kind: "apiserver-certificate" as const,
            host: name,
            clusterConfiguration: config,
            nodeName: node ?? name,
            criSocket: facts.criSocket,
            sansBefore: sans,
            sansAfter: [...new Set([...sans, ...wanted])],
          },
          ...(inventory.cluster.certificateReload === "restart" ? [restart(name)] : []),
        ];
      }),
    };
  },
  async verify(fleet) {
    const facts = await kubeadmFacts(fleet);
    const wanted = desiredSans(facts, fleet.inventory);
    const checks = fleet.hosts("controlPlane").map(async (host) => {
      const found = await host.ask(certificate(CERTIFICATE));
      if (found === undefined) return [];
      const missing = wanted.filter((name) => !found.sans.includes(name));
      return [
        check(
          host.name,
          "SANs in apiserver.crt",
          "all",
          missing.length === 0 ? "all" : `missing ${missing.join(", ")}`,
        ),
      ];
    });
    return (await Promise.all(checks)).flat();
  },
};
