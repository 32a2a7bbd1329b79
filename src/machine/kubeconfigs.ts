import { sh } from "../shell/shell.js";
import { CLUSTER_CA } from "./certificates.js";
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
  /** Those of the servers whose entries have another CA than this cluster's, or none; absent if there are none. */
  readonly otherCa?: readonly string[];
  /** Seconds since the epoch, with a fraction. */
  readonly modified: number;
  /** Root cannot read and write it, as in a home directory on NFS. */
  readonly unusable?: true;
}

/**
 * awk: prints `server: URL` of each cluster of a kubeconfig that kubeadm or kubectl wrote, and `other URL` after it unless
 * its CA is `own` (base64) or `file`.
 */
const SERVERS = String.raw`function plain(v) { sub(/^[^:]*:[ \t]*/, "", v); sub(/[ \t\r]+$/, "", v); gsub(/^["']|["']$/, "", v); return v }
function entry() { if (server != "" && !isOwn) print "other " server; server = ""; isOwn = 0 }
/^[a-z]/ { entry() }
/^ *- / { entry(); sub(/-/, " ") }
/^ +certificate-authority-data:/ { if (plain($0) == own) isOwn = 1 }
/^ +certificate-authority:/ { if (plain($0) == file) isOwn = 1 }
/^ +server:/ { server = plain($0); print "server: " server }
END { entry() }`;

/** The servers in kubeconfig files; only `server:` lines leave the host, never a key. Missing files are omitted. */
export function kubeconfigs(paths: readonly string[]): Query<readonly KubeconfigState[]> {
  const script = sh`own=$(base64 -w 0 ${CLUSTER_CA} 2>/dev/null)
for f in ${paths}; do if [ -f "$f" ]; then stat -L -c '# %.9Y %n' "$f"; awk -v own="$own" -v file=${CLUSTER_CA} ${SERVERS} "$f"; fi; done`;
  return query(script, parseKubeconfigs);
}

/** The kubeconfigs in the home directories of a user and of root. */
export function homeKubeconfigs(user: string): Query<readonly KubeconfigState[]> {
  const script = sh`own=$(base64 -w 0 ${CLUSTER_CA} 2>/dev/null)
getent passwd root ${user} | cut -d: -f6 | sort -u | while read -r home; do
  f="$home/.kube/config"
  if [ -f "$f" ] && [ "$(readlink -f "$f")" != ${ADMIN_CONF} ]; then
    if ! [ -r "$f" ] || ! [ -w "$f" ]; then echo "# unusable $f"; continue; fi
    stat -L -c '# %.9Y %n' "$f"; awk -v own="$own" -v file=${CLUSTER_CA} ${SERVERS} "$f"
  fi
done`;
  return query(script, parseKubeconfigs);
}

function parseKubeconfigs(out: string): KubeconfigState[] {
  const files: (KubeconfigState & { servers: string[]; otherCa?: string[] })[] = [];
  for (const line of out.split("\n")) {
    const [, mark, first = "", rest = ""] = /^(#|server:|other) (\S*) ?(.*)$/.exec(line) ?? [];
    const file = files.at(-1);
    if (mark === "#" && first === "unusable") {
      files.push({ modified: 0, path: rest, servers: [], unusable: true });
    } else if (mark === "#") files.push({ modified: Number(first), path: rest, servers: [] });
    else if (mark === "server:") file?.servers.push(first);
    else if (mark === "other" && file !== undefined) file.otherCa = [...(file.otherCa ?? []), first];
  }
  return files;
}
