import { nodeIp } from "../config-files/join-configuration.js";
import { joinUndo, type BeforeJoin } from "./join-undo.js";
import type { BaseChange, ChangeKind } from "./kind.js";
import { ignoring, kubeadmJoin } from "./kubeadm-join.js";
import { WORKER_TOKEN } from "./revoke.js";

/** A machine becomes a worker of the cluster. */
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
  /** What kubeadm looks at beforehand, and is not to mind. */
  readonly ignorePreflightErrors?: readonly string[];
}

/** Joins one worker with kubeadm, which waits until its kubelet has a certificate; Ready it becomes afterwards. */
export const joinWorkerKind: ChangeKind<JoinWorkerChange, BeforeJoin> = {
  kind: "join-worker",
  describe: (c) =>
    `kubeadm join as the worker ${c.nodeName} through ${c.endpoint} (token: known when reached)${ignoring(c)}`,
  diff: (c) => `+ node ${c.nodeName} ${nodeIp(c)}`,
  apply: (c, context) => kubeadmJoin(c, WORKER_TOKEN, context),
  undo: joinUndo,
};
