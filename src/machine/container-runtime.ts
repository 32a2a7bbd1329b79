import { sh, type Shell } from "../shell/shell.js";
import { query, type Query } from "./query.js";

/** containerd's CRI socket. Docker includes its own containerd, with CRI disabled. */
export const CONTAINERD = "/run/containerd/containerd.sock";
/** CRI-O's CRI socket. */
export const CRIO = "/run/crio/crio.sock";
/** The CRI socket of cri-dockerd, the CRI adapter for docker from Kubernetes 1.24 on. */
export const CRI_DOCKERD = "/run/cri-dockerd.sock";
/** docker's own socket, which is not a CRI socket. */
export const DOCKER = "/run/docker.sock";
/** The CRI socket for docker up to Kubernetes 1.23: the kubelet's own, which exists only while it runs. */
export const DOCKERSHIM = "/var/run/dockershim.sock";

/**
 * The CRI socket of the host's kubelet: as configured by kubeadm (from 1.34 on in a separate file), else the
 * dockershim's, which had no kubelet flag, else containerd's.
 */
const KUBELET_SOCKET = sh`$({ sed -n 's/.*--container-runtime-endpoint=\([^ "]*\).*/\1/p' /var/lib/kubelet/kubeadm-flags.env
sed -n 's/^containerRuntimeEndpoint: *"\{0,1\}\([^" ]*\).*/\1/p' /var/lib/kubelet/instance-config.yaml /var/lib/kubelet/config.yaml
ls ${DOCKERSHIM}
echo ${`unix://${CONTAINERD}`}; } 2>/dev/null | grep -m1 .)`;

/** The CRI socket of a host's kubelet. */
export const kubeletSocket: Query<string> = query(sh`echo "${KUBELET_SOCKET}"`, (out) => out.trim());

/** The existing sockets of container runtimes: the well-known ones and one more. */
export function runtimeSockets(another: string | undefined): Query<readonly string[]> {
  const all = [CONTAINERD, CRIO, CRI_DOCKERD, DOCKER, ...(another === undefined ? [] : [another])];
  return query(sh`for s in ${all}; do if [ -S "$s" ]; then echo "$s"; fi; done`, (out) =>
    out.split("\n").filter((socket) => socket !== ""),
  );
}

/** crictl with the runtime of the host's kubelet. */
export function crictl(args: Shell): Shell {
  return sh`crictl -r "${KUBELET_SOCKET}" ${args}`;
}

/** Succeeds if the runtime of this CRI socket has the image. */
export function hasImage(criSocket: string, image: Shell): Shell {
  return imageCommand(criSocket, sh`docker image inspect ${image}`, sh`inspecti ${image}`);
}

/** Prints the images that the runtime of this CRI socket does not have, one per line. */
export function echoMissing(criSocket: string, images: Shell): Shell {
  return sh`for i in ${images}; do ${hasImage(criSocket, sh`"$i"`)} >/dev/null 2>&1 || echo "$i"; done`;
}

/** Pulls an image into the runtime of this CRI socket. */
export function pullImage(criSocket: string, image: string): Shell {
  return imageCommand(criSocket, sh`docker pull ${image}`, sh`pull ${image}`);
}

/** Removes an image from the runtime of this CRI socket. */
export function removeImage(criSocket: string, image: Shell): Shell {
  return imageCommand(criSocket, sh`docker rmi ${image}`, sh`rmi ${image}`);
}

/** The dockershim exists only while a kubelet runs: docker is used directly, as kubeadm does. */
function imageCommand(criSocket: string, docker: Shell, args: Shell): Shell {
  return criSocket === DOCKERSHIM ? docker : sh`crictl -r ${withScheme(criSocket)} ${args}`;
}

/** A socket in the format of crictl and kubeadm from 1.24 on. */
export function withScheme(socket: string): string {
  return `unix://${withoutScheme(socket)}`;
}

/** A socket's path. */
export function withoutScheme(socket: string): string {
  return socket.replace(/^unix:\/\//, "");
}
