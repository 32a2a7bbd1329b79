import { nodeIp } from "../config-files/join-configuration.js";
import { joinUndo, type BeforeJoin } from "./join-undo.js";
import type { BaseChange, ChangeKind } from "./kind.js";
import { ignoring, kubeadmJoin } from "./kubeadm-join.js";
import { WORKER_TOKEN } from "./revoke.js";

/** Joins a machine as a worker. */
export interface JoinWorkerChange extends BaseChange {
  readonly kind: "join-worker";
  readonly kubernetesVersion: string;
  /** `ADDRESS:PORT`. */
  readonly endpoint: string;
  readonly caCertHash: string;
  readonly nodeName: string;
  readonly address: string;
  readonly secondAddress?: string;
  readonly criSocket: string;
  /** The preflight checks that kubeadm must ignore. */
  readonly ignorePreflightErrors?: readonly string[];
}

/** Joins one worker with kubeadm, which waits until its kubelet has a certificate; the node becomes Ready afterwards. */
export const joinWorkerKind: ChangeKind<JoinWorkerChange, BeforeJoin> = {
  kind: "join-worker",
  addsNode: true,
  mark: "+",
  describe: (c) =>
    `kubeadm join as worker ${c.nodeName} through ${c.endpoint} (token: known when reached)${ignoring(c)}`,
  diff: (c) => `+ node ${c.nodeName} ${nodeIp(c)}`,
  apply: (c, context) => kubeadmJoin(c, WORKER_TOKEN, context),
  undo: joinUndo,
};
