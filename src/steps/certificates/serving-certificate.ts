import { hostPort } from "../../address.js";
import { certificate, CLUSTER_CA, wireSans } from "../../machine/certificates.js";
import { httpStatus, probePort, trustedStatus } from "../../machine/network.js";
import { APISERVER_PORT } from "../../ports.js";
import { desiredSans, kubeadmFacts } from "../../cluster/kubeadm-config.js";
import { check, type Check, type Step } from "../step.js";

/** Waits until every host receives the new certificate through the VIP, checked with openssl. */
export const servingCertificate: Step<null> = {
  id: "serving-certificate",
  title: "Verify the new serving certificate from every host",
  why: "The apiserver reloads its certificate by itself (before Kubernetes 1.23 within 60 s), so no client is moved before every host accepts the new one.",
  requires: [
    {
      steps: ["apiserver-certificate", "keepalived", "endpoint-name"],
      why: "it waits until every host receives the new certificate through the endpoint",
    },
  ],
  rollout: "together",
  settleSeconds: 100,
  probe: () => Promise.resolve(null),
  plan: () => ({ changes: [] }),
  async verify(fleet) {
    const { address, port, url } = fleet.inventory.cluster.endpoint;
    const wanted = desiredSans(await kubeadmFacts(fleet), fleet.inventory);
    const names = (sans: readonly string[]): string => {
      const missing = wanted.filter((name) => !sans.includes(name));
      return missing.length === 0 ? "all" : sans.length === 0 ? "no answer" : `missing ${missing.join(", ")}`;
    };
    const fromEveryHost = fleet.hosts().map(async (host): Promise<Check[]> => {
      const [wire, answer, status] = await Promise.all([
        host.ask(wireSans(address, port)),
        host.ask(probePort(address, port)),
        host.ask(httpStatus(`${url}/readyz`)),
      ]);
      return [
        check(host.name, `${hostPort(address, port)} answers`, "open", answer),
        check(host.name, `${url}/readyz`, "200", String(status)),
        check(host.name, `SANs at ${hostPort(address, port)}`, "all", names(wire.sans)),
      ];
    });
    // A load balancer may be a node of another cluster; a new master has no CA before it joins.
    const onEveryNode = fleet.hosts("controlPlane", "workers").map(async (host): Promise<Check[]> => {
      const status = await host.ask(trustedStatus(`${url}/readyz`, CLUSTER_CA));
      if (status === undefined) return [];
      return [check(host.name, `${url}/readyz trusting only the cluster CA`, "200", String(status))];
    });
    const onEveryMaster = fleet.hosts("controlPlane").map(async (host): Promise<Check[]> => {
      if ((await host.ask(certificate("/etc/kubernetes/pki/apiserver.crt"))) === undefined) return [];
      const wire = await host.ask(wireSans(host.address, APISERVER_PORT));
      return [check(host.name, `SANs at ${hostPort(host.address, APISERVER_PORT)}`, "all", names(wire.sans))];
    });
    return (await Promise.all([...fromEveryHost, ...onEveryNode, ...onEveryMaster])).flat();
  },
};
