/** One way to break a migrated cluster of the default scenario. */
export interface Breakage {
  /** What is broken, in a few words. */
  readonly what: string;
  /** The host on which both scripts run as root. `k` is kubectl as administrator. */
  readonly host: string;
  readonly breaks: string;
  readonly heals: string;
  /** A failed check of `verify` must match: it names the host or the object, and the fault. */
  readonly named: RegExp;
}

const MANIFESTS = "/etc/kubernetes/manifests";
const PKI = "/etc/kubernetes/pki";
const KEPT = "/root/kept";

/** Moves a file away. */
const moved = (path: string) => ({ breaks: `mv ${path} ${KEPT}`, heals: `mv ${KEPT} ${path}` });
/** Edits a file; its mode, owner and modification time are restored too. */
const edited = (path: string, expression: string, after = ":", afterwards = after) => ({
  breaks: `cp -p ${path} ${KEPT} && sed -i ${expression} ${path} && ! cmp -s ${KEPT} ${path} && ${after}`,
  heals: `cp -p ${KEPT} ${path} && ${afterwards}`,
});
/** Changes a text of an object of kube-system. */
const patched = (object: string, expression: string, namespace = "kube-system") => ({
  host: "master1",
  breaks: `k -n ${namespace} get ${object} -o yaml >${KEPT} && sed ${expression} ${KEPT} | sed '/resourceVersion:/d' >${KEPT}.new && ! grep -v resourceVersion: ${KEPT} | cmp -s - ${KEPT}.new && k -n ${namespace} replace -f ${KEPT}.new`,
  heals: `sed '/resourceVersion:/d' ${KEPT} | k -n ${namespace} replace -f -`,
});
/** Deletes an object and creates it again. */
const deleted = (object: string, namespace = "kube-system") => ({
  host: "master1",
  breaks: `k -n ${namespace} get ${object} -o yaml >${KEPT} && k -n ${namespace} delete ${object}`,
  heals: `sed '/resourceVersion:/d; /  uid:/d' ${KEPT} | k -n ${namespace} create -f -`,
});
const signalled = (program: string) => ({
  breaks: `pkill -STOP -x ${program}`,
  heals: `pkill -CONT -x ${program}`,
});
const stopped = (unit: string) => ({ breaks: `systemctl stop ${unit}`, heals: `systemctl start ${unit}` });
const alarm = (action: string) =>
  `curl -sS --cacert ${PKI}/etcd/ca.crt --cert ${PKI}/etcd/server.crt --key ${PKI}/etcd/server.key https://127.0.0.1:2379/v3/maintenance/alarm -d '{"action":"${action}","memberID":"'$(curl -sS --cacert ${PKI}/etcd/ca.crt --cert ${PKI}/etcd/server.crt --key ${PKI}/etcd/server.key https://127.0.0.1:2379/v3/cluster/member/list -d '{}' | sed 's/.*"member_id":"\\([0-9]*\\)".*/\\1/')'","alarm":"NOSPACE"}' | grep -q header`;
const etcdctl = (args: string) =>
  `crictl exec $(crictl ps -q --name '^etcd$') etcdctl --endpoints https://127.0.0.1:2379 --cacert ${PKI}/etcd/ca.crt --cert ${PKI}/etcd/server.crt --key ${PKI}/etcd/server.key ${args}`;

/** Each of these must be found; a new check comes with its breakage. */
export const BREAKAGES: readonly Breakage[] = [
  // Static pods
  {
    what: "the scheduler's manifest is gone",
    host: "master2",
    ...moved(`${MANIFESTS}/kube-scheduler.yaml`),
    named: /master2 .*kube-scheduler: no manifest/,
  },
  {
    what: "the controller-manager's manifest is gone",
    host: "master3",
    ...moved(`${MANIFESTS}/kube-controller-manager.yaml`),
    named: /master3 .*kube-controller-manager: no manifest/,
  },
  {
    what: "the apiserver's manifest is gone",
    host: "master3",
    ...moved(`${MANIFESTS}/kube-apiserver.yaml`),
    named: /master3 .*kube-apiserver: no manifest/,
  },
  {
    what: "etcd's manifest is gone",
    host: "master3",
    ...moved(`${MANIFESTS}/etcd.yaml`),
    named: /master3 .*etcd: no manifest/,
  },
  {
    what: "a manifest that the kubelet has not read",
    host: "master2",
    breaks: `systemctl stop kubelet && cp -p ${MANIFESTS}/kube-apiserver.yaml ${KEPT} && sed -i 's/--allow-privileged=true/--allow-privileged=true\\n    - --v=1/' ${MANIFESTS}/kube-apiserver.yaml`,
    heals: `cp -p ${KEPT} ${MANIFESTS}/kube-apiserver.yaml && systemctl start kubelet`,
    named: /master2 .*kube-apiserver: runs with other arguments/,
  },
  {
    what: "a manifest that the kubelet cannot parse",
    host: "master3",
    ...edited(`${MANIFESTS}/kube-scheduler.yaml`, `'s/^spec:/spec: [/'`),
    named: /master3 .*kube-scheduler/,
  },
  {
    what: "an apiserver with another advertise address",
    host: "master2",
    ...edited(
      `${MANIFESTS}/kube-apiserver.yaml`,
      `'s/advertise-address=10.88.0.12/advertise-address=10.88.0.11/'`,
    ),
    named: /master2 .*advertise/,
  },
  {
    what: "a hanging apiserver",
    host: "master2",
    ...signalled("kube-apiserver"),
    named: /master2 .*readyz/,
  },
  {
    what: "a hanging controller-manager",
    host: "master1",
    breaks: "pkill -STOP -f '^kube-controller-manager '",
    heals: "pkill -CONT -f '^kube-controller-manager '",
    named: /master1 .*kube-controller-manager: .*10257/,
  },
  {
    what: "a hanging scheduler",
    host: "master3",
    ...signalled("kube-scheduler"),
    named: /master3 .*kube-scheduler: .*10259/,
  },
  { what: "a hanging etcd member", host: "master2", ...signalled("etcd"), named: /master2 .*etcd member/ },
  {
    what: "a scheduler's image that does not exist",
    host: "master2",
    ...edited(`${MANIFESTS}/kube-scheduler.yaml`, `'s#image: .*#image: registry.invalid/none:1#'`),
    named: /master2 .*kube-scheduler/,
  },
  // Kubeconfigs
  {
    what: "a worker's kubelet on the first master",
    host: "worker1",
    ...edited(
      "/etc/kubernetes/kubelet.conf",
      `'s#server: .*#server: https://10.88.0.11:6443#'`,
      "systemctl restart kubelet",
    ),
    named: /worker1 .*kubelet/,
  },
  {
    what: "a worker's kubelet.conf changed without a restart",
    host: "worker1",
    ...edited("/etc/kubernetes/kubelet.conf", `'s#server: .*#server: https://10.88.0.11:6443#'`),
    named: /worker1 .*kubelet.conf/,
  },
  {
    what: "a master's kubelet on another master",
    host: "master2",
    ...edited(
      "/etc/kubernetes/kubelet.conf",
      `'s#server: .*#server: https://10.88.0.11:6443#'`,
      "systemctl restart kubelet",
    ),
    named: /master2 .*kubelet/,
  },
  {
    what: "a scheduler.conf of another master",
    host: "master3",
    ...edited("/etc/kubernetes/scheduler.conf", `'s#server: .*#server: https://10.88.0.11:6443#'`),
    named: /master3 .*scheduler.conf/,
  },
  {
    what: "a controller-manager.conf of another master",
    host: "master2",
    ...edited("/etc/kubernetes/controller-manager.conf", `'s#server: .*#server: https://10.88.0.13:6443#'`),
    named: /master2 .*controller-manager.conf/,
  },
  {
    what: "an admin.conf of one master",
    host: "master3",
    ...edited("/etc/kubernetes/admin.conf", `'s#server: .*#server: https://10.88.0.13:6443#'`),
    named: /master3 .*admin.conf/,
  },
  {
    what: "a scheduler.conf with a certificate of another CA",
    host: "master2",
    breaks: `cp -p /etc/kubernetes/scheduler.conf ${KEPT} && cert=$(openssl req -x509 -newkey rsa:2048 -nodes -keyout /dev/null -subj /CN=system:kube-scheduler -days 1 2>/dev/null | base64 -w0) && sed -i "s#client-certificate-data: .*#client-certificate-data: $cert#" /etc/kubernetes/scheduler.conf`,
    heals: `cp -p ${KEPT} /etc/kubernetes/scheduler.conf`,
    named: /master2 .*scheduler.conf/,
  },
  // Certificates and keys
  {
    what: "an apiserver certificate of another master",
    host: "master2",
    breaks: `cp -p ${PKI}/apiserver.crt ${KEPT}; openssl req -x509 -newkey rsa:2048 -nodes -keyout /dev/null -subj /CN=kube-apiserver -days 1 -out ${PKI}/apiserver.crt 2>/dev/null`,
    heals: `cp -p ${KEPT} ${PKI}/apiserver.crt`,
    named: /master2 .*(certificate|SAN|apiserver.crt)/,
  },
  {
    what: "another key for ServiceAccount tokens",
    host: "master3",
    breaks: `cp -p ${PKI}/sa.pub ${KEPT}; openssl genrsa 2048 2>/dev/null | openssl rsa -pubout -out ${PKI}/sa.pub 2>/dev/null`,
    heals: `cp -p ${KEPT} ${PKI}/sa.pub`,
    named: /master3 .*sa.pub/,
  },
  {
    what: "an etcd peer certificate of another CA",
    host: "master3",
    ...edited(`${PKI}/etcd/peer.crt`, "'1,$d'", `cp ${PKI}/apiserver.crt ${PKI}/etcd/peer.crt`, ":"),
    named: /master3 .*etcd\/peer\.crt/,
  },
  {
    what: "another key for the front proxy's certificate",
    host: "master2",
    ...edited(
      `${PKI}/front-proxy-client.key`,
      "'1,$d'",
      `cp ${PKI}/sa.key ${PKI}/front-proxy-client.key`,
      ":",
    ),
    named: /master2 .*front-proxy-client\.key/,
  },
  {
    what: "no etcd client certificate of an apiserver",
    host: "master2",
    ...moved(`${PKI}/apiserver-etcd-client.crt`),
    named: /master2 .*apiserver-etcd-client\.crt/,
  },
  {
    what: "no cluster CA key on a master",
    host: "master2",
    ...moved(`${PKI}/ca.key`),
    named: /master2 .*ca.key/,
  },
  {
    what: "no front-proxy CA on a master",
    host: "master3",
    ...moved(`${PKI}/front-proxy-ca.crt`),
    named: /master3 .*front-proxy-ca.crt/,
  },
  {
    what: "another etcd CA on a master",
    host: "master2",
    breaks: `cp -p ${PKI}/etcd/ca.crt ${KEPT}; openssl req -x509 -newkey rsa:2048 -nodes -keyout /dev/null -subj /CN=etcd-ca -days 1 -out ${PKI}/etcd/ca.crt 2>/dev/null`,
    heals: `cp -p ${KEPT} ${PKI}/etcd/ca.crt`,
    named: /master2 .*etcd\/ca.crt/,
  },
  // Objects of the cluster
  {
    what: "kubeadm-config without the endpoint",
    ...patched("cm/kubeadm-config", "'s/controlPlaneEndpoint: .*/controlPlaneEndpoint: 10.88.0.11:6443/'"),
    named: /kubeadm-config/,
  },
  {
    what: "cluster-info with the first master",
    ...patched("cm/cluster-info", "'s#server: .*#server: https://10.88.0.11:6443#'", "kube-public"),
    named: /cluster-info/,
  },
  {
    what: "kube-proxy's configuration with the first master",
    ...patched("cm/kube-proxy", "'s#server: .*#server: https://10.88.0.11:6443#'"),
    named: /kube-proxy/,
  },
  {
    what: "no CoreDNS",
    host: "master1",
    breaks: "k -n kube-system scale deployment/coredns --replicas 0",
    heals: "k -n kube-system scale deployment/coredns --replicas 2",
    named: /coredns: 0 of 1/,
  },
  {
    what: "CoreDNS without access to the API",
    ...deleted("clusterrolebinding/system:coredns"),
    named: /k8s-ha-verification/,
  },
  { what: "no Service for DNS", ...deleted("svc/kube-dns"), named: /kube-dns/ },
  { what: "no kube-proxy", ...deleted("ds/kube-proxy"), named: /kube-proxy/ },
  {
    what: "a DaemonSet that cannot start",
    host: "master1",
    breaks: `printf '%s\\n' 'apiVersion: apps/v1' 'kind: DaemonSet' 'metadata: {name: broken, namespace: kube-system}' 'spec: {selector: {matchLabels: {app: broken}}, template: {metadata: {labels: {app: broken}}, spec: {containers: [{name: a, image: registry.invalid/none}]}}}' | k apply -f -`,
    heals: "k -n kube-system delete ds/broken",
    named: /DaemonSet kube-system\/broken/,
  },
  {
    what: "a webhook that refuses every write of a ConfigMap",
    host: "master1",
    breaks: `printf '%s\\n' 'apiVersion: admissionregistration.k8s.io/v1' 'kind: ValidatingWebhookConfiguration' 'metadata: {name: broken}' 'webhooks: [{name: broken.example.org, clientConfig: {url: "https://127.0.0.1:1/"}, rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [configmaps]}], sideEffects: None, admissionReviewVersions: [v1], failurePolicy: Fail, timeoutSeconds: 1}]' | k apply -f -`,
    heals: "k delete validatingwebhookconfiguration/broken",
    named: /can be read: not through/,
  },
  {
    what: "a master without its label",
    host: "master1",
    breaks: "k label node master3 node-role.kubernetes.io/control-plane-",
    heals: "k label node master3 node-role.kubernetes.io/control-plane=",
    named: /master3 .*label/,
  },
  {
    what: "no role that lets everyone read cluster-info",
    ...deleted("rolebinding/kubeadm:bootstrap-signer-clusterinfo", "kube-public"),
    named: /cluster-info/,
  },
  // etcd
  {
    what: "an alarm of etcd",
    host: "master2",
    breaks: alarm("ACTIVATE"),
    heals: alarm("DEACTIVATE"),
    named: /NOSPACE/,
  },
  {
    what: "a member that never started",
    host: "master1",
    breaks: etcdctl("member add ghost --learner --peer-urls https://10.88.0.99:2380"),
    heals: `${etcdctl("member remove")} $(${etcdctl("member list")} | grep 10.88.0.99 | cut -d, -f1)`,
    named: /10\.88\.0\.99/,
  },
  // Network
  {
    what: "a master that rejects a load balancer",
    host: "master3",
    breaks: "iptables -I INPUT -s 10.88.0.31 -p tcp --dport 6443 -j REJECT",
    heals: "iptables -D INPUT -s 10.88.0.31 -p tcp --dport 6443 -j REJECT",
    named: /lb1 .*master3/,
  },
  {
    what: "a master that drops a worker's connections",
    host: "master2",
    breaks: "iptables -I INPUT -s 10.88.0.21 -p tcp --dport 6443 -j DROP",
    heals: "iptables -D INPUT -s 10.88.0.21 -p tcp --dport 6443 -j DROP",
    named: /worker1 .*master2/,
  },
  {
    what: "two masters whose etcd members do not reach each other",
    host: "master3",
    breaks:
      "iptables -I INPUT -s 10.88.0.12 -p tcp --dport 2380 -j DROP; iptables -I OUTPUT -d 10.88.0.12 -p tcp --dport 2380 -j DROP",
    heals:
      "iptables -D INPUT -s 10.88.0.12 -p tcp --dport 2380 -j DROP; iptables -D OUTPUT -d 10.88.0.12 -p tcp --dport 2380 -j DROP",
    named: /master2 .*master3:2380/,
  },
  {
    what: "a worker whose kubelet a master does not reach",
    host: "worker1",
    breaks: "iptables -I INPUT -s 10.88.0.13 -p tcp --dport 10250 -j REJECT",
    heals: "iptables -D INPUT -s 10.88.0.13 -p tcp --dport 10250 -j REJECT",
    named: /master3 .*worker1:10250/,
  },
  // Nodes
  { what: "a stopped kubelet of a worker", host: "worker1", ...stopped("kubelet"), named: /worker1/ },
  {
    what: "a stopped kubelet of a master",
    host: "master3",
    ...stopped("kubelet"),
    named: /master3 .*(node|kubelet)/,
  },
  {
    what: "a kubelet that is not started at boot",
    host: "master2",
    breaks: "systemctl disable -q kubelet",
    heals: "systemctl enable -q kubelet",
    named: /master2 .*kubelet is not started at boot/,
  },
  {
    what: "a kubelet without its configuration file",
    host: "worker1",
    ...moved("/var/lib/kubelet/config.yaml"),
    named: /worker1 .*config\.yaml/,
  },
  // Load balancers
  { what: "a stopped haproxy", host: "lb1", ...stopped("haproxy"), named: /lb1 .*haproxy/ },
  { what: "a stopped keepalived", host: "lb2", ...stopped("keepalived"), named: /lb2 .*keepalived/ },
  {
    what: "a haproxy that is not started at boot",
    host: "lb2",
    breaks: "systemctl disable -q haproxy",
    heals: "systemctl enable -q haproxy",
    named: /lb2 .*haproxy/,
  },
  {
    what: "a haproxy.cfg without a master",
    host: "lb1",
    ...edited("/etc/haproxy/haproxy.cfg", "'/10.88.0.13:6443/d'", ":", "systemctl reload haproxy"),
    named: /lb1 .*haproxy.cfg/,
  },
  {
    what: "a haproxy that runs without a master",
    host: "lb2",
    breaks: `cp -p /etc/haproxy/haproxy.cfg ${KEPT} && sed -i '/10.88.0.13:6443/d' /etc/haproxy/haproxy.cfg && systemctl reload haproxy && sleep 2 && cp -p ${KEPT} /etc/haproxy/haproxy.cfg`,
    heals: "systemctl reload haproxy",
    named: /lb2 .*haproxy/,
  },
  {
    what: "a keepalived.conf with another priority",
    host: "lb2",
    ...edited(
      "/etc/keepalived/keepalived.conf",
      "'s/priority .*/priority 199/'",
      ":",
      "systemctl reload keepalived",
    ),
    named: /lb2 .*keepalived.conf/,
  },
  {
    what: "a check script that cannot run",
    host: "lb1",
    breaks: "chmod a-x /etc/keepalived/*.sh",
    heals: "chmod 755 /etc/keepalived/*.sh && systemctl reload keepalived",
    named: /lb1 .*(check|script)/,
  },
  {
    what: "no ip_nonlocal_bind",
    host: "lb1",
    breaks: "sysctl -qw net.ipv4.ip_nonlocal_bind=0",
    heals: "sysctl -qw net.ipv4.ip_nonlocal_bind=1",
    named: /lb1 .*nonlocal_bind/,
  },
  {
    what: "a firewall without the port",
    host: "lb2",
    breaks: "firewall-cmd -q --remove-port 6443/tcp",
    heals: "firewall-cmd -q --add-port 6443/tcp",
    named: /lb2 .*6443/,
  },
  {
    what: "no ip_nonlocal_bind after a reboot",
    host: "lb2",
    ...moved("/etc/sysctl.d/90-k8s-ha.conf"),
    named: /lb2 .*nonlocal[-_]bind/,
  },
  {
    what: "a firewall without the port after a reboot",
    host: "lb1",
    breaks: "firewall-cmd -q --permanent --remove-port 6443/tcp",
    heals: "firewall-cmd -q --permanent --add-port 6443/tcp",
    named: /lb1 .*6443/,
  },
  {
    what: "a keepalived that is not started at boot",
    host: "lb1",
    breaks: "systemctl disable -q keepalived",
    heals: "systemctl enable -q keepalived",
    named: /lb1 .*keepalived/,
  },
  {
    what: "a VIP on a master",
    host: "master1",
    breaks: "ip addr add 10.88.0.100/32 dev lo",
    heals: "ip addr del 10.88.0.100/32 dev lo",
    named: /10\.88\.0\.100|VIP/,
  },
];
