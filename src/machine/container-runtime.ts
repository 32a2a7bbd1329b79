import { sh, type Shell } from "../shell/shell.js";
import { query, type Query } from "./query.js";

/** containerd's CRI socket. Docker brings a containerd of its own, in which CRI is off. */
export const CONTAINERD = "/run/containerd/containerd.sock";
/** CRI-O's CRI socket. */
export const CRIO = "/run/crio/crio.sock";
/** The CRI socket of cri-dockerd, which stands before docker from Kubernetes 1.24 on. */
export const CRI_DOCKERD = "/run/cri-dockerd.sock";
/** docker's own socket, which is none of CRI. */
export const DOCKER = "/run/docker.sock";
/** The CRI socket before docker up to Kubernetes 1.23: the kubelet's own, there only while it runs. */
export const DOCKERSHIM = "/var/run/dockershim.sock";

/**
 * The CRI socket of the kubelet that runs here: as kubeadm gave it to it (from 1.34 on in a file of its own), else
 * the dockershim's, for which kubelets had no flag, else containerd's.
 */
const KUBELET_SOCKET = sh`$({ sed -n 's/.*--container-runtime-endpoint=\([^ "]*\).*/\1/p' /var/lib/kubelet/kubeadm-flags.env
sed -n 's/^containerRuntimeEndpoint: *"\{0,1\}\([^" ]*\).*/\1/p' /var/lib/kubelet/instance-config.yaml /var/lib/kubelet/config.yaml
ls ${DOCKERSHIM}
echo ${`unix://${CONTAINERD}`}; } 2>/dev/null | grep -m1 .)`;

/** Asks for the CRI socket of the kubelet that runs on a host. */
export const kubeletSocket: Query<string> = query(sh`echo "${KUBELET_SOCKET}"`, (out) => out.trim());

/** Which sockets of container runtimes are there, of those that are well known and one more. */
export function runtimeSockets(another: string | undefined): Query<readonly string[]> {
  const all = [CONTAINERD, CRIO, CRI_DOCKERD, DOCKER, ...(another === undefined ? [] : [another])];
  return query(sh`for s in ${all}; do if [ -S "$s" ]; then echo "$s"; fi; done`, (out) =>
    out.split("\n").filter((socket) => socket !== ""),
  );
}

/** crictl against the runtime of the kubelet that runs here. */
export function crictl(args: Shell): Shell {
  return sh`crictl -r "${KUBELET_SOCKET}" ${args}`;
}

/** Succeeds where the runtime behind this CRI socket has the image. */
export function hasImage(criSocket: string, image: Shell): Shell {
  return imageCommand(criSocket, sh`docker image inspect ${image}`, sh`inspecti ${image}`);
}

/** Prints those of these images that the runtime behind this CRI socket does not have, one a line. */
export function echoMissing(criSocket: string, images: Shell): Shell {
  return sh`for i in ${images}; do ${hasImage(criSocket, sh`"$i"`)} >/dev/null 2>&1 || echo "$i"; done`;
}

/** Pulls an image into the runtime behind this CRI socket. */
export function pullImage(criSocket: string, image: string): Shell {
  return imageCommand(criSocket, sh`docker pull ${image}`, sh`pull ${image}`);
}

/** Takes an image out of the runtime behind this CRI socket. */
export function removeImage(criSocket: string, image: Shell): Shell {
  return imageCommand(criSocket, sh`docker rmi ${image}`, sh`rmi ${image}`);
}

/** Where no kubelet runs yet there is no dockershim: docker itself is asked, as kubeadm does. */
function imageCommand(criSocket: string, docker: Shell, args: Shell): Shell {
  return criSocket === DOCKERSHIM ? docker : sh`crictl -r ${withScheme(criSocket)} ${args}`;
}

/** A socket as crictl and kubeadm write it from 1.24 on. */
export function withScheme(socket: string): string {
  return `unix://${withoutScheme(socket)}`;
}

/** A socket's path. */
export function withoutScheme(socket: string): string {
  return socket.replace(/^unix:\/\//, "");
}
