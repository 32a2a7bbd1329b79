import * as z from "zod";
import { writtenEndpoint } from "./endpoint.js";
import { address, certSAN } from "./values.js";

/** The settings of the cluster. The descriptions are those of docs/inventory.md, in Markdown. */
export const clusterSettings = z.strictObject({
  endpoint: writtenEndpoint.describe(
    "`ADDRESS:PORT` or `NAME:PORT` that every client uses for the API after the migration. " +
      "The address is a virtual IP (VIP): not assigned to any machine, in the load balancers' subnet, unused. " +
      "With `loadBalancer: external`: the address that the load balancer listens on, in any network.",
  ),
  vip: address
    .optional()
    .describe(
      "The VIP that the endpoint's name resolves to; see [DNS name as the endpoint](topologies/dns-endpoint.md). " +
        "Required if the endpoint is a name; with an external load balancer, only if k8s-ha needs it. " +
        "Default: the endpoint's address.",
    ),
  hostsEntry: z
    .boolean()
    .default(false)
    .describe(
      "Whether k8s-ha writes the endpoint's name and the VIP to `/etc/hosts` on every machine. " +
        "`false`: the name must already resolve to the VIP on every machine.",
    ),
  certSANs: z
    .array(certSAN)
    .default([])
    .describe(
      "Additional DNS names and addresses for the apiservers' certificate, in lower case; wildcards such as " +
        "`*.example.org` are allowed. The endpoint, the master's own address and every name in the current " +
        "certificate are always included.",
    ),
  advertise: z
    .enum(["node", "endpoint"])
    .default("node")
    .describe(
      "The addresses of the Service `kubernetes`, which every pod uses to reach the API. " +
        "`node`: each master's own address, as kubeadm configures it; no apiserver restarts. " +
        "`endpoint`: the VIP. haproxy then also listens on port 6443 of the VIP if the endpoint has another " +
        "port (on masters, the endpoint's port must be 6443 itself); an external load balancer must listen on " +
        "6443 itself. See [in-cluster API clients](inside-the-cluster.md) for the cost of `endpoint`.",
    ),
  kubeconfigs: z
    .enum(["local", "endpoint"])
    .default("local")
    .describe(
      "The apiserver that controller-manager and scheduler use. `local`: the one on their own master, as " +
        "kubeadm configures it from 1.19.1 on, so that none of them uses an older apiserver during an upgrade. " +
        "`endpoint`: through the load balancers; both restart on every master.",
    ),
  etcd: z
    .enum(["stacked", "first-master"])
    .default("stacked")
    .describe(
      "Where etcd runs. `stacked`: every new master gets a member. `first-master`: etcd stays on the first " +
        "master only, which stays a single point of failure, and all apiservers use it. An external etcd is " +
        "detected in the cluster, and stays regardless of this key; see [etcd topologies](topologies/etcd-on-first-master.md).",
    ),
  pki: z
    .enum(["upload-certs", "copy"])
    .default("upload-certs")
    .describe(
      "How the shared certificates and keys are copied to the new masters. `upload-certs`: encrypted in a " +
        "Secret of the cluster that expires after two hours; its key is never on a command line. " +
        "`copy`: over SSH; see [shared certificates](shared-certificates.md).",
    ),
  addOns: z
    .enum(["warn", "patch"])
    .default("warn")
    .describe(
      "The action for ConfigMaps and workloads that contain the first master's address, such as network " +
        "add-ons that replace kube-proxy. `warn`: a warning for each. `patch`: k8s-ha changes the address to " +
        "the endpoint, and their pods restart; see [add-ons](add-ons.md).",
    ),
  certificateReload: z
    .enum(["wait", "restart"])
    .default("wait")
    .describe(
      "How the running apiserver loads its new certificate. `wait`: it reloads the certificate by itself (at " +
        "once; before Kubernetes 1.23 up to a minute later), and the API is not interrupted. `restart`: k8s-ha " +
        "restarts it at once, and the API is unavailable for about 5 s.",
    ),
});
