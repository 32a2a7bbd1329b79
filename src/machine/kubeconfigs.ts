import { sh } from "../shell/shell.js";
import { ADMIN_CONF } from "./kubectl.js";
import { query, type Query } from "./query.js";

/** The kubeconfig of a node's kubelet. */
export const KUBELET_CONF = "/etc/kubernetes/kubelet.conf";
/** The bootstrap kubeconfig that a kubelet uses while it joins. */
export const BOOTSTRAP_KUBELET_CONF = "/etc/kubernetes/bootstrap-kubelet.conf";

/** A kubeconfig file on a host: its servers, without credentials. */
export interface KubeconfigState {
  readonly path: string;
  readonly servers: readonly string[];
  /** Seconds since the epoch, with a fraction. */
  readonly modified: number;
  /** Root cannot read and write it, as in a home directory on NFS. */
  readonly unusable?: true;
}

/** The servers in kubeconfig files; only `server:` lines leave the host, never a key. Missing files are omitted. */
export function kubeconfigs(paths: readonly string[]): Query<readonly KubeconfigState[]> {
  const script = sh`for f in ${paths}; do if [ -f "$f" ]; then stat -L -c '# %.9Y %n' "$f"; sed -n 's/^ *server: *//p' "$f"; fi; done`;
  return query(script, parseKubeconfigs);
}

/** The kubeconfigs in the home directories of a user and of root. */
export function homeKubeconfigs(user: string): Query<readonly KubeconfigState[]> {
  const script = sh`getent passwd root ${user} | cut -d: -f6 | sort -u | while read -r home; do
  f="$home/.kube/config"
  if [ -f "$f" ] && [ "$(readlink -f "$f")" != ${ADMIN_CONF} ]; then
    if ! [ -r "$f" ] || ! [ -w "$f" ]; then echo "# unusable $f"; continue; fi
    stat -L -c '# %.9Y %n' "$f"; sed -n 's/^ *server: *//p' "$f"
  fi
done`;
  return query(script, parseKubeconfigs);
}

function parseKubeconfigs(out: string): KubeconfigState[] {
  const files: (Omit<KubeconfigState, "servers"> & { servers: string[] })[] = [];
  for (const line of out.split("\n")) {
    const head = /^# (\S+) (.*)$/.exec(line);
    if (head?.[1] === "unusable") {
      files.push({ modified: 0, path: head[2] ?? "", servers: [], unusable: true });
    } else if (head) files.push({ modified: Number(head[1]), path: head[2] ?? "", servers: [] });
    else if (line !== "") files.at(-1)?.servers.push(line.replace(/^(["'])(.*)\1$/, "$2"));
  }
  return files;
}
