import * as z from "zod";
import { duration } from "../config-source/duration.js";
import { clusterSettings } from "./cluster.js";
import { loadBalancerSettings } from "./load-balancer.js";
import { loadBalancerHost, loadBalancerOnMaster, nodeHost, sshFields } from "./machines.js";
import { path } from "./values.js";

const absolutePath = z.string().startsWith("/", "expected an absolute path").meta({ title: "absolute path" });

/** The name of a kubeadm preflight check as kubeadm prints it: `SystemVerification`, `Port-6443`. */
const preflightCheck = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9._-]*$/, "expected the name of a check, such as SystemVerification")
  .refine((one) => one.toLowerCase() !== "all", "list the checks by name: all would hide every other error");

const kubeadm = z.strictObject({
  ignorePreflightErrors: z
    .array(preflightCheck)
    .default([])
    .describe(
      "kubeadm preflight checks whose errors become warnings, by the names that kubeadm prints, such as " +
        "`SystemVerification`, which hosts with cgroup v1 need from Kubernetes 1.35 on. `all` is refused. The " +
        "plan lists them with each join.",
    ),
  patches: absolutePath
    .optional()
    .describe(
      "The directory with your own " +
        "[patches](https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/control-plane-flags/#patches) " +
        "for static pods, such as `/etc/kubernetes/patches`. Each new master must have it, with its files; " +
        "`kubeadm join` reads it there. If the first master has it too, its files are applied before the " +
        "[static pods are compared](preflight.md#static-pods); otherwise differences are only warnings, " +
        "because the patches may contain them. The directory is included in the backup. Default: none.",
    ),
});

const backup = z.strictObject({
  hostDirectory: absolutePath
    .default("/var/backups/k8s-ha")
    .describe("The directory of each machine's own backup; an absolute path on that machine."),
  operatorCopy: z
    .enum(["none", "encrypted", "plain"])
    .default("none")
    .describe(
      "The copy on the machine that runs k8s-ha. A `plain` copy contains the cluster's private keys.",
    ),
  operatorDirectory: path.default("k8s-ha-backups").describe("The directory for those copies."),
  passphraseFile: path
    .optional()
    .describe("A file whose first line is the passphrase; required for `encrypted`. Default: none."),
});

const ssh = z.strictObject({
  transport: z
    .enum(["built-in", "openssh"])
    .default("built-in")
    .describe(
      "The SSH client. `built-in`: k8s-ha itself, which does not read `~/.ssh/config`. `openssh`: the `ssh` " +
        "command of this machine, with all settings in `~/.ssh/config`; it decides about each of the following " +
        "four keys that is left out.",
    ),
  ...sshFields,
  connectTimeout: duration.default("10s").describe("The maximum time to wait for a machine to answer."),
  sudoPasswordFile: path
    .optional()
    .describe(
      "A file whose first line is the password for sudo. Default: none; k8s-ha prompts if sudo requires a password.",
    ),
});

/** Every key of the file by itself. The descriptions are those of docs/inventory.md, in Markdown. */
export const written = z.strictObject({
  cluster: clusterSettings.describe("The settings of the cluster."),
  kubeadm: kubeadm.prefault({}).describe("Settings for `kubeadm join` on every machine that joins."),
  controlPlane: z
    .array(nodeHost)
    .min(1, "expected at least the running master")
    .describe(
      "The masters, with the running one first. One (an endpoint without additional masters), three, or five; " +
        "two are refused, because the cluster fails if either fails (except with `cluster.etcd: first-master`). " +
        "A machine is in one of the three lists, once; a master may also be a load balancer.",
    ),
  loadBalancers: z
    .array(
      z.union([loadBalancerHost, loadBalancerOnMaster], {
        error: "expected a mapping with name and address, or with master",
      }),
    )
    // A fifteenth would have no valid default priority.
    .max(14, "expected at most 14 load balancers")
    .default([])
    .describe(
      "The machines that run haproxy and keepalived and share the VIP, each a dedicated machine (`name`, " +
        "`address`) or a master (`master`): 1 to 14, none with `loadBalancer: external`. With one, there is no " +
        "failover.",
    ),
  workers: z
    .array(nodeHost)
    .default([])
    .describe(
      "The other nodes. Their kubelets and kube-proxies are moved to the endpoint. A machine that is not a " +
        "node yet [joins](growing.md#workers).",
    ),
  loadBalancer: z
    .union([z.literal("external"), loadBalancerSettings], {
      error: "expected external, or a mapping (key: value)",
    })
    .prefault({})
    .describe(
      "Settings for all load balancers; [load balancers](load-balancers.md) has an inventory to copy for each " +
        "setup. Or `external`: the load balancer is not managed by k8s-ha and already forwards to the masters; " +
        "`loadBalancers` is left out then.",
    ),
  backup: backup.prefault({}).describe("The [backup](recovery.md#backups) before the first change."),
  ssh: ssh
    .prefault({})
    .describe(
      "Login settings for machines that have no `ssh` of their own. The user is root, or may use sudo. " +
        "[SSH](ssh.md) has an inventory to copy for each kind of login: bastions, aliases, agents, certificates.",
    ),
});

/** The inventory as written, with each key valid by itself. */
export type WrittenInventory = z.infer<typeof written>;
