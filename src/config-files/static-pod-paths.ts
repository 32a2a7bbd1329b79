import { posix } from "node:path";
import { flags, hostMounts, type HostMount } from "./static-pod.js";

const PKI = "/etc/kubernetes/pki";
/** Where kube-controller-manager and the kubelet find FlexVolume drivers, which their installers put on every node. */
const FLEX_VOLUMES = "/usr/libexec/kubernetes/kubelet-plugins/volume/exec";
/**
 * Directories that kubeadm mounts into static pods, 1.17 to 1.37 (cmd/kubeadm/app/phases/controlplane/volumes.go,
 * phases/etcd/local.go). Which of them a pod has depends on the directories of its machine.
 */
export const KUBEADM_MOUNTS: readonly string[] = [
  ...[PKI, `${PKI}/etcd`, FLEX_VOLUMES],
  ..."/etc/ssl/certs /etc/ca-certificates /usr/share/ca-certificates".split(" "),
  ..."/usr/local/share/ca-certificates /etc/pki /etc/pki/ca-trust /etc/pki/tls/certs".split(" "),
];
/** Files that kubeadm creates on, or copies to, every master; most of them differ between masters. */
const KUBEADM_FILES =
  /^\/etc\/kubernetes\/(manifests\/.*|(admin|super-admin|(bootstrap-)?kubelet|controller-manager|scheduler)\.conf|pki\/(sa\.(pub|key)|(ca|apiserver(-(etcd|kubelet)-client)?|front-proxy-(ca|client)|etcd\/(ca|server|peer|healthcheck-client))\.(crt|key)))$/;
/** Flags for what a join provides: etcd's data, and the files of an external etcd, copied with the shared certificates. */
const PROVIDED = new Set(["data-dir", "etcd-cafile", "etcd-certfile", "etcd-keyfile"]);
/** Flags for files that the component writes. */
const WRITTEN = new Set(["audit-log-path", "log-file", "log-dir", "wal-dir"]);
/** Flags for files that may differ between machines: a driver's installer updates it on each node by itself. */
const MAY_DIFFER = new Set(["flex-volume-plugin-dir"]);

/** A host file or directory that a static pod needs on every master and that kubeadm does not copy to new masters. */
export interface NeededPath {
  readonly path: string;
  /**
   * `read`: including everything below it; `written`: it must exist; `unclear`: the component may write there, and no flag
   * refers to it.
   */
  readonly use: "read" | "written" | "unclear";
  /** Whether a flag refers to it or to something in it: then it must be the same on every master. */
  readonly same: boolean;
  /** For a written file: the kubelet creates it if it is missing, but not its directory. */
  readonly isMade?: true;
}

/** A path that one or more static pods need. */
export interface PodsPath extends NeededPath {
  /** The static pods, such as `kube-scheduler`. */
  readonly pods: readonly string[];
}

/** The {@link neededPaths} of several static pods, by their names; a path that several need is read if one reads it. */
export function podsPaths(manifests: Readonly<Record<string, string>>): readonly PodsPath[] {
  const known = new Map<string, PodsPath>();
  for (const [pod, manifest] of Object.entries(manifests)) {
    for (const one of neededPaths(manifest)) {
      const other = known.get(one.path);
      const { use, isMade } = other === undefined || isStronger(one, other) ? one : other;
      known.set(one.path, {
        path: one.path,
        use,
        same: one.same || other?.same === true,
        ...(isMade && { isMade }),
        pods: [...(other?.pods ?? []), pod],
      });
    }
  }
  return [...known.values()];
}

const STRENGTH: readonly NeededPath["use"][] = ["unclear", "written", "read"];

function isStronger(one: NeededPath, other: NeededPath): boolean {
  return STRENGTH.indexOf(one.use) > STRENGTH.indexOf(other.use);
}

/** The host paths in a static pod's manifest that kubeadm does not provide on every master. */
export function neededPaths(manifest: string): readonly NeededPath[] {
  const mounts = hostMounts(manifest);
  const named = flags(manifest).flatMap(([name, value]) =>
    pathsIn(value).flatMap((path) => {
      const found = onHost(path, mounts);
      return found === undefined || found.path === FLEX_VOLUMES ? [] : [{ ...found, name }];
    }),
  );
  const needed = mounts.flatMap((mount): NeededPath[] => {
    const all = named.filter((one) => one.mount === mount);
    const own = all.filter(({ name }) => !PROVIDED.has(name));
    // kubeadm mounts the directories of an external etcd's files, but copies only those files.
    if (all.length > 0 && own.length === 0) return [];
    const read = own.filter(({ name }) => !WRITTEN.has(name)).map(({ path }) => path);
    const isShared = own.some(({ name }) => !WRITTEN.has(name) && !MAY_DIFFER.has(name));
    const written = own.filter(({ name }) => WRITTEN.has(name)).map(({ path }) => path);
    const files = read.map((path): NeededPath => ({ path, use: "read", same: !isOfTheSystem(path) }));
    if (isKubeadms(mount.path))
      return [...files, ...written.map((path) => ({ ...WRITTEN_TO, path: posix.dirname(path) }))];
    if (written.length > 0) {
      const isMade = mount.type === "FileOrCreate";
      return [{ ...WRITTEN_TO, path: mount.path, ...(isMade && { isMade }) }, ...files];
    }
    const use = mount.readOnly || read.length > 0 ? "read" : "unclear";
    return [{ path: mount.path, use, same: isShared }];
  });
  const folders = needed
    .filter(({ isMade }) => isMade === true)
    .map(({ path }) => posix.dirname(path))
    .filter((at) => !needed.some(({ path, use }) => path === at || (use === "read" && isWithin(at, path))));
  needed.push(...folders.map((path) => ({ ...WRITTEN_TO, path })));
  const known = new Map(needed.reverse().map((one) => [one.path, one]));
  return [...known.values()].reverse().filter(({ path }) => !isKubeadmsFile(path));
}

const WRITTEN_TO = { use: "written", same: false } as const;

/** Whether kubeadm creates this file on every master. */
export function isKubeadmsFile(path: string): boolean {
  return KUBEADM_FILES.test(path);
}

/**
 * The absolute paths in a flag's value: `--tls-sni-cert-key` has two paths and names; an address such as
 * `unix:///run/kms.sock` is not a path.
 */
export function pathsIn(value: string): readonly string[] {
  if (value.includes("://")) return [];
  return value.split(/[,:]/).filter((word) => word.startsWith("/"));
}

/** The host path of a path in the pod, by the innermost mount. */
function onHost(
  path: string,
  mounts: readonly HostMount[],
): { readonly path: string; readonly mount: HostMount } | undefined {
  const around = mounts.flatMap((mount) =>
    mount.mountPaths.filter((at) => isWithin(path, at)).map((at) => ({ mount, at })),
  );
  const innermost = around.toSorted((a, b) => b.at.length - a.at.length)[0];
  if (innermost === undefined) return undefined;
  const { mount, at } = innermost;
  return { mount, path: posix.join(mount.path, posix.relative(at, path)) };
}

/** A mount of kubeadm, or one that contains files of kubeadm: never copied as a whole. */
function isKubeadms(path: string): boolean {
  return KUBEADM_MOUNTS.includes(path) || isWithin(PKI, path);
}

/** The system's CA certificates, which the distribution manages. */
function isOfTheSystem(path: string): boolean {
  return KUBEADM_MOUNTS.some((mount) => !isWithin(mount, PKI) && isWithin(path, mount));
}

/** Whether a path equals another one or is below it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);
}
