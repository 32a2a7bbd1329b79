import { asKubeadm } from "../config-files/yaml-text.js";
import { sh } from "../shell/shell.js";
import type { RemoteResult } from "../transport/transport.js";
import { kubeadmError } from "./kubeadm-preflight.js";
import { remoteAttempt, type Query } from "./query.js";
import { STATIC_PODS } from "./static-pods.js";

/** What kubeadm would write with a configuration. */
export interface WrittenManifests {
  /** Static pod → its manifest. */
  readonly manifests: Readonly<Record<string, string>>;
  /** Whether the directory of patches exists, and the manifests are patched. */
  readonly isPatched: boolean;
  /** kubeadm's error; the manifests are then incomplete. */
  readonly error?: string;
}

/** The phases of `kubeadm init` that write manifests. */
export type ManifestPhase = "control-plane all" | "etcd local";

/**
 * The manifests that kubeadm writes with a configuration, from a dry run, which needs no cluster and no certificates
 * (cmd/kubeadm/app/cmd/phases/init/controlplane.go, etcd.go). It writes them to a temporary directory, which is removed.
 * They have none of the proxy variables of the session, which kubeadm would copy (cmd/kubeadm/app/util/env.go).
 * @param configuration an InitConfiguration, followed by the ClusterConfiguration, without secrets
 * @param phases those that this version of kubeadm can run dry
 * @param patches the directory of patches, used if it exists on this host
 */
export function writtenManifests(
  configuration: string,
  phases: readonly ManifestPhase[],
  patches?: string,
): Query<WrittenManifests> {
  const patched = patches === undefined ? "" : `${asKubeadm({ patches: { directory: patches } })}\n`;
  return remoteAttempt(
    sh`patched=
if [ -n ${patched} ] && [ -d ${patches ?? ""} ]; then patched=${patched}; echo "patched"; fi
folder=$(mktemp -d) || exit
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
unset _ $(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*_[Pp][Rr][Oo][Xx][Yy]\)=.*/\1/p')
for phase in ${phases}; do
  printf %s "$patched"${configuration} | KUBEADM_INIT_DRYRUN_DIR=$folder timeout 50 kubeadm init phase $phase --dry-run --config /dev/stdin >/dev/null || exit
done
for pod in ${STATIC_PODS}; do
  echo "=== $pod"
  find "$folder" -name "$pod.yaml" -exec cat {} +
done`,
    parse,
  );
}

function parse({ code, stdout, stderr }: RemoteResult): WrittenManifests {
  const [head = "", ...parts] = stdout.split(/^=== /m);
  const isPatched = head.startsWith("patched");
  if (code !== 0)
    return { manifests: {}, isPatched, error: kubeadmError(stderr) || `exit code ${code} of kubeadm` };
  const all = parts.map((part) => {
    const end = part.indexOf("\n");
    return [part.slice(0, end), part.slice(end + 1)] as const;
  });
  return { manifests: Object.fromEntries(all.filter(([, text]) => text !== "")), isPatched };
}
