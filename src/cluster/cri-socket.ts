import type { Inventory } from "../inventory/schema.js";
import {
  CONTAINERD,
  CRI_DOCKERD,
  CRIO,
  DOCKER,
  DOCKERSHIM,
  withoutScheme,
  withScheme,
} from "../machine/container-runtime.js";
import { holds } from "../config-files/kubeadm-versions.js";
import type { MasterState } from "./masters.js";

type Machine = Pick<MasterState, "name" | "runtimeSockets">;

/** The CRI sockets that kubeadm of this version detects on the machine (cmd/kubeadm/app/util/runtime/runtime.go). */
export function criSockets({ runtimeSockets }: Machine, kubernetesVersion: string): readonly string[] {
  const there = (...sockets: string[]): string[] => sockets.filter((s) => runtimeSockets.includes(s));
  if (holds("criSocketWithScheme", kubernetesVersion))
    return there(CONTAINERD, CRIO, CRI_DOCKERD).map(withScheme);
  const docker = there(DOCKER).map(() => DOCKERSHIM);
  return [...(docker.length > 0 ? docker : there(CONTAINERD)), ...there(CRIO)];
}

/**
 * The CRI socket that a machine joins with: the inventory's, or the only one found. `undefined` if none or several are
 * found, or if the inventory's does not exist.
 */
export function joinSocket(
  machine: Machine,
  inventory: Inventory,
  kubernetesVersion: string,
): string | undefined {
  const found = criSockets(machine, kubernetesVersion);
  const wanted = [...inventory.controlPlane, ...inventory.workers].find(
    ({ name }) => name === machine.name,
  )?.criSocket;
  if (wanted === undefined) return found.length === 1 ? found[0] : undefined;
  const path = withoutScheme(wanted);
  if (!machine.runtimeSockets.includes(path) && !found.includes(path)) return undefined;
  return holds("criSocketWithScheme", kubernetesVersion) ? withScheme(path) : path;
}
