import { Sandbox } from "../machine/sandbox.js";
import { ETCD_MEMBERS, type ServedMember } from "../machine/web.js";

/** The path of kubeadm's ConfigMap in the API. */
export const KUBEADM_CONFIG = "/api/v1/namespaces/kube-system/configmaps/kubeadm-config";
/** The manifest that makes a machine a master. */
export const MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml";
const SECRETS = "/api/v1/namespaces/kube-system/secrets?fieldSelector=";

/** What a test varies: fields of the second master's member, the name of an unhealthy member, the leader's ID. */
export interface Situation {
  readonly second?: Partial<ServedMember>;
  readonly unhealthy?: string;
  readonly leads?: number;
}

/** A cluster of two masters whose etcd leader is the second one; after `member remove`, etcd lists only the first. */
export function clusterToLeave({ second = {}, unhealthy, leads = 11 }: Situation = {}): Sandbox {
  const sandbox = new Sandbox();
  const member = (name: string, id: number): ServedMember => ({
    ID: String(id),
    name,
    peerURLs: [`https://10.88.0.${id + 1}:2380`],
    clientURLs: [`https://10.88.0.${id + 1}:2379`],
    healthy: name !== unhealthy,
  });
  const members = [member("master1", 10), { ...member("master2", 11), ...second }];
  sandbox.web.etcd(members);
  sandbox.file("/list-without", JSON.stringify({ members: members.slice(0, 1) }));
  sandbox.answer(
    "crictl",
    `case "$*" in
*' ps '*) echo 4f2a ;;
*endpoint*status*) echo '[{"Status":{"leader":${leads}}}]' ;;
*member*remove*) cp "$SANDBOX/list-without" '${sandbox.web.answerTo(ETCD_MEMBERS)}' ;;
*--label*) echo old ;;
esac`,
  );
  sandbox.answer("kubeadm", 'rm -r "$SANDBOX/etc/kubernetes"');
  const status = "apiEndpoints:\n  master1:\n    bindPort: 6443\n  master2:\n    bindPort: 6443\n";
  sandbox.web.api({
    [KUBEADM_CONFIG]: { metadata: {}, data: { ClusterStatus: status } },
    [`${SECRETS}type%3Dbootstrap.kubernetes.io/token`]: { items: [] },
    [`${SECRETS}metadata.name%3Dkubeadm-certs`]: { items: [] },
  });
  const config = sandbox.web.answerTo(`https://10.88.0.11:6443${KUBEADM_CONFIG}`);
  sandbox.answer("kubectl", `case "$*" in *replace*) cat >'${config}' ;; esac`);
  sandbox.runsUnits();
  sandbox.answer(
    "systemctl",
    'case "$*" in is-active*) exit 3 ;; *UnitFileState*) printf "ActiveState=activating\\nUnitFileState=enabled\\n" ;; show*) echo ActiveState=inactive ;; esac',
  );
  return sandbox;
}

/** The operations on the cluster and on the machine, in order. */
export const done = (sandbox: Sandbox): string[] =>
  sandbox
    .commands("crictl", "kubeadm", "kubectl", "systemctl")
    .flatMap(
      (line) =>
        /move-leader \w+|member remove \w+|reset -f|delete (?:node|pods).*|(?:stopp|start|stop(?: --timeout 10)?) \w+/.exec(
          line,
        ) ?? [],
    );
