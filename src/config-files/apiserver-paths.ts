import { posix } from "node:path";
import { flags, hostMounts, type HostMount } from "./static-pod.js";

/** What kubeadm itself lets kube-apiserver see of the host, 1.17 to 1.36 (cmd/kubeadm/app/phases/controlplane/volumes.go). */
export const KUBEADM_MOUNTS: readonly string[] = [
  ..."/etc/kubernetes/pki /etc/ssl/certs /etc/ca-certificates /usr/share/ca-certificates".split(" "),
  ..."/usr/local/share/ca-certificates /etc/pki /etc/pki/ca-trust /etc/pki/tls/certs".split(" "),
];
const PKI = "/etc/kubernetes/pki";
/** What kubeadm makes on every master, or brings there; each master has its own of most. */
const KUBEADM_FILES =
  /^\/etc\/kubernetes\/(manifests\/.*|(admin|super-admin|(bootstrap-)?kubelet|controller-manager|scheduler)\.conf|pki\/(sa\.(pub|key)|(ca|apiserver(-(etcd|kubelet)-client)?|front-proxy-(ca|client)|etcd\/(ca|server|peer|healthcheck-client))\.(crt|key)))$/;
/** What names the files of an external etcd: they come to new masters as part of the shared certificates. */
const ETCD_FILES = new Set(["etcd-cafile", "etcd-certfile", "etcd-keyfile"]);
/** What the apiserver writes to. */
const WRITTEN = new Set(["audit-log-path", "log-file", "log-dir"]);

/** A file or folder of the host that every apiserver needs, and that kubeadm brings to no new master. */
export interface NeededPath {
  readonly path: string;
  /**
   * `read`: with everything below it; `written`: it must be there; `unclear`: the apiserver may write there, and no flag
   * says what it is for.
   */
  readonly use: "read" | "written" | "unclear";
  /** Whether a flag names it, or something in it: then it must be the same on every master. */
  readonly same: boolean;
  /** Of a file that is written: the kubelet makes it where it is missing, though not the folder around it. */
  readonly isMade?: true;
}

/** What the apiserver uses of the host beyond what kubeadm brings to every master, as its manifest tells. */
export function neededPaths(manifest: string): readonly NeededPath[] {
  const mounts = hostMounts(manifest);
  const named = flags(manifest).flatMap(([name, value]) =>
    pathsIn(value).flatMap((path) => {
      const found = onHost(path, mounts);
      return found === undefined ? [] : [{ ...found, name }];
    }),
  );
  const needed = mounts.flatMap((mount): NeededPath[] => {
    const all = named.filter((one) => one.mount === mount);
    const own = all.filter(({ name }) => !ETCD_FILES.has(name));
    // kubeadm mounts the folders of an external etcd's files; it brings those files, and nothing else of them.
    if (all.length > 0 && own.length === 0) return [];
    const read = own.filter(({ name }) => !WRITTEN.has(name)).map(({ path }) => path);
    const written = own.filter(({ name }) => WRITTEN.has(name)).map(({ path }) => path);
    const files = read.map((path): NeededPath => ({ path, use: "read", same: !isOfTheSystem(path) }));
    if (isKubeadms(mount.path))
      return [...files, ...written.map((path) => ({ ...WRITTEN_TO, path: posix.dirname(path) }))];
    if (written.length > 0) {
      const isMade = mount.type === "FileOrCreate";
      return [{ ...WRITTEN_TO, path: mount.path, ...(isMade && { isMade }) }, ...files];
    }
    const use = mount.readOnly || read.length > 0 ? "read" : "unclear";
    return [{ path: mount.path, use, same: read.length > 0 }];
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

/** Whether kubeadm itself makes this file on every master. */
export function isKubeadmsFile(path: string): boolean {
  return KUBEADM_FILES.test(path);
}

/** `--tls-sni-cert-key` has two paths and names; an address such as `unix:///run/kms.sock` is none. */
function pathsIn(value: string): readonly string[] {
  if (value.includes("://")) return [];
  return value.split(/[,:]/).filter((word) => word.startsWith("/"));
}

/** Where a path that the pod sees lies on the host: below the innermost mount. */
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

/** A mount that kubeadm makes, or one that holds what it makes: never copied as a whole. */
function isKubeadms(path: string): boolean {
  return KUBEADM_MOUNTS.includes(path) || isWithin(PKI, path);
}

/** The system's own CA certificates, which every distribution keeps for itself. */
function isOfTheSystem(path: string): boolean {
  return KUBEADM_MOUNTS.some((mount) => mount !== PKI && isWithin(path, mount));
}

/** Whether a path is another one or lies below it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);
}
