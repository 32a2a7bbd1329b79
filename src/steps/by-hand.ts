import type { HostSelector } from "./step.js";

/** Commands that an operator would type as root on some machines to do a step without k8s-ha. */
export interface ByHand {
  readonly on: HostSelector;
  /** Shell text; it uses the variables of {@link handVariables}, and words in capitals for values that appear on the way. */
  readonly commands: string;
}

const KUBECTL = "export KUBECONFIG=/etc/kubernetes/admin.conf";
const ETCDCTL =
  "kubectl -n kube-system exec etcd-$FIRST_MASTER -- etcdctl --cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/server.crt --key /etc/kubernetes/pki/etcd/server.key";
const POINT = `sed -i "s#server: .*#server: https://$ENDPOINT#"`;
const AS_LOAD_BALANCER =
  "# the content of each file: k8s-ha plan -i FILE; as static pods: manifests in /etc/kubernetes/manifests";
const haproxy = `${AS_LOAD_BALANCER}
vi /etc/haproxy/haproxy.cfg
haproxy -c -f /etc/haproxy/haproxy.cfg
systemctl enable haproxy
systemctl reload-or-restart haproxy`;
const keepalived = `${AS_LOAD_BALANCER}
vi /etc/keepalived/keepalived.conf /etc/keepalived/check-apiserver.sh
chmod 755 /etc/keepalived/check-apiserver.sh
keepalived --config-test=/dev/stdout
systemctl enable keepalived
systemctl reload-or-restart keepalived
ip -brief address | grep -w "$VIP"`;

/**
 * Each built-in step by hand, for the usual setup: stacked etcd, and the defaults of the inventory. An explanation, not
 * what k8s-ha runs: k8s-ha also checks, waits, and saves what it replaces.
 */
export const byHand: Readonly<Record<string, readonly ByHand[]>> = {
  "start-member": [
    {
      on: "new-masters",
      commands: `# on the one whose etcd member was added and never started
scp root@$FIRST_ADDRESS:/etc/kubernetes/manifests/etcd.yaml /root/etcd.yaml
# its own name and addresses, all members in --initial-cluster, --initial-cluster-state=existing
vi /root/etcd.yaml
mv /root/etcd.yaml /etc/kubernetes/manifests/etcd.yaml`,
    },
  ],
  preflight: [
    {
      on: "first-master",
      commands: `${KUBECTL}
kubectl get nodes -o wide
kubectl get --raw /readyz?verbose
kubeadm certs check-expiration`,
    },
    { on: "joining-nodes", commands: "kubeadm init phase preflight --dry-run" },
    { on: "all", commands: `timedatectl; df -h /etc /var; ss -tlnp; ping -c 1 -W 1 "$VIP"` },
  ],
  backup: [
    {
      on: "first-master",
      commands: `${KUBECTL}
${ETCDCTL} snapshot save /var/lib/etcd/snapshot.db
mv /var/lib/etcd/snapshot.db /var/backups/
kubectl get configmaps -A -o yaml >/var/backups/configmaps.yaml`,
    },
    { on: "all", commands: "tar -czf /var/backups/etc.tar.gz /etc" },
  ],
  "cluster-configuration": [
    {
      on: "first-master",
      commands: `${KUBECTL}
kubectl -n kube-system get configmap kubeadm-config -o jsonpath='{.data.ClusterConfiguration}' >/root/kubeadm.yaml
# controlPlaneEndpoint: the endpoint; apiServer.certSANs: the VIP and the endpoint's name
vi /root/kubeadm.yaml
kubeadm config validate --config /root/kubeadm.yaml`,
    },
  ],
  "apiserver-certificate": [
    {
      on: "first-master",
      commands: `mkdir -m 700 /root/pki
mv /etc/kubernetes/pki/apiserver.crt /etc/kubernetes/pki/apiserver.key /root/pki/
kubeadm init phase certs apiserver --config /root/kubeadm.yaml
openssl x509 -in /etc/kubernetes/pki/apiserver.crt -noout -ext subjectAltName`,
    },
  ],
  "load-balancer-packages": [
    {
      on: "packaged-load-balancers",
      commands: "apt-get install haproxy keepalived curl   # Red Hat family: dnf install",
    },
  ],
  "load-balancer-images": [
    {
      on: "pod-load-balancers",
      commands: `crictl pull HAPROXY_IMAGE
crictl pull KEEPALIVED_IMAGE`,
    },
  ],
  "nonlocal-bind": [
    {
      on: "load-balancers",
      commands: `echo net.ipv4.ip_nonlocal_bind=1 >/etc/sysctl.d/90-k8s-ha.conf
sysctl -p /etc/sysctl.d/90-k8s-ha.conf`,
    },
  ],
  selinux: [{ on: "load-balancers", commands: "setsebool -P haproxy_connect_any=on" }],
  firewall: [
    {
      on: "load-balancers",
      commands: `# firewalld
firewall-cmd --permanent --add-port=$PORT/tcp --add-rich-rule='rule family="ipv4" destination address="224.0.0.18" protocol value="vrrp" accept'
firewall-cmd --reload
# ufw: the port, and a rule for protocol 112 in /etc/ufw/before.rules
ufw allow $PORT/tcp`,
    },
  ],
  "bind-address": [
    {
      on: "masters",
      commands: `# only where haproxy uses port 6443 on a master; its apiserver restarts
sed "/- kube-apiserver$/a\\    - --bind-address=$ADDRESS" /etc/kubernetes/manifests/kube-apiserver.yaml >/root/kube-apiserver.yaml
mv /root/kube-apiserver.yaml /etc/kubernetes/manifests/kube-apiserver.yaml
until curl -sfk https://$ADDRESS:6443/readyz; do sleep 1; done`,
    },
  ],
  haproxy: [{ on: "early-load-balancers", commands: haproxy }],
  keepalived: [{ on: "early-load-balancers", commands: keepalived }],
  "endpoint-name": [
    {
      on: "all",
      commands: `# only if the endpoint is a name
getent hosts NAME || echo "$VIP NAME" >>/etc/hosts`,
    },
  ],
  clear: [
    {
      on: "joining-nodes",
      commands: `# only on a machine with an incomplete join; on the first master before that:
#   etcdctl member remove ID; kubectl delete node NAME
kubeadm reset -f`,
    },
  ],
  images: [
    {
      on: "new-masters",
      commands: "kubeadm config images pull --kubernetes-version VERSION   # that of kubectl version",
    },
  ],
  "serving-certificate": [
    {
      on: "all",
      commands:
        "curl --cacert ca.crt https://$ENDPOINT/readyz   # ca.crt: /etc/kubernetes/pki/ca.crt of the first master",
    },
  ],
  "kubeadm-config": [
    {
      on: "first-master",
      commands: "kubeadm init phase upload-config kubeadm --config /root/kubeadm.yaml",
    },
  ],
  "cluster-info": [
    {
      on: "first-master",
      commands: `${KUBECTL}
kubectl -n kube-public get configmap cluster-info -o yaml >/root/cluster-info.yaml
${POINT} /root/cluster-info.yaml
kubectl replace -f /root/cluster-info.yaml`,
    },
  ],
  "kube-proxy": [
    {
      on: "first-master",
      commands: `${KUBECTL}
kubectl -n kube-system get configmap kube-proxy -o yaml >/root/kube-proxy.yaml
${POINT} /root/kube-proxy.yaml
kubectl replace -f /root/kube-proxy.yaml
kubectl -n kube-system rollout restart daemonset kube-proxy`,
    },
  ],
  "add-ons": [
    {
      on: "first-master",
      commands: `${KUBECTL}
kubectl get configmaps,daemonsets,deployments,statefulsets -A -o yaml | grep -n "$FIRST_ADDRESS"
kubectl -n NAMESPACE edit KIND NAME`,
    },
  ],
  "kubelet-kubeconfig": [
    {
      on: "nodes",
      commands: `# one node at a time
${POINT} /etc/kubernetes/kubelet.conf
systemctl restart kubelet
kubectl wait --for=condition=Ready node/NODE   # on the first master`,
    },
  ],
  "admin-kubeconfig": [
    {
      on: "first-master",
      commands: `${POINT} /etc/kubernetes/admin.conf /etc/kubernetes/super-admin.conf ~/.kube/config`,
    },
  ],
  pki: [
    {
      on: "first-master",
      commands: "kubeadm init phase upload-certs --upload-certs   # prints the CERTIFICATE_KEY",
    },
  ],
  "static-pod-files": [
    {
      on: "new-masters",
      commands: `# each file that is named by a flag of a static pod on the first master and is not kubeadm's own
scp -p root@$FIRST_ADDRESS:FILE FILE`,
    },
  ],
  join: [
    {
      on: "first-master",
      commands: "kubeadm token create --print-join-command   # prints TOKEN and HASH",
    },
    {
      on: "new-masters",
      commands: `# one machine at a time, while every etcd member is healthy
kubeadm join $ENDPOINT --token TOKEN --discovery-token-ca-cert-hash HASH --control-plane --certificate-key CERTIFICATE_KEY --apiserver-advertise-address $ADDRESS`,
    },
    {
      on: "first-master",
      commands: `# before the next one joins
${KUBECTL}
${ETCDCTL} endpoint health --cluster`,
    },
  ],
  "standby-haproxy": [{ on: "late-load-balancers", commands: haproxy }],
  "standby-keepalived": [{ on: "late-load-balancers", commands: keepalived }],
  advertise: [
    {
      on: "masters",
      commands: `# one machine at a time, while another apiserver is ready; $ADDRESS, or $VIP with cluster.advertise: endpoint
sed "s/--advertise-address=.*/--advertise-address=$ADDRESS/" /etc/kubernetes/manifests/kube-apiserver.yaml >/root/kube-apiserver.yaml
mv /root/kube-apiserver.yaml /etc/kubernetes/manifests/kube-apiserver.yaml
until curl -sfk https://$ADDRESS:6443/readyz; do sleep 1; done`,
    },
  ],
  "kube-proxy-rollout": [
    {
      on: "first-master",
      commands: `${KUBECTL}
kubectl -n kube-system rollout status daemonset kube-proxy`,
    },
  ],
  "component-kubeconfigs": [
    {
      on: "masters",
      commands: `# to $ADDRESS:6443, or to $ENDPOINT with cluster.kubeconfigs: endpoint
sed -i "s#server: .*#server: https://$ADDRESS:6443#" /etc/kubernetes/controller-manager.conf /etc/kubernetes/scheduler.conf
crictl stop $(crictl ps -q --name 'kube-controller-manager|kube-scheduler')`,
    },
  ],
  "join-workers": [
    {
      on: "first-master",
      commands: "kubeadm token create --print-join-command   # prints TOKEN and HASH",
    },
    { on: "workers", commands: "kubeadm join $ENDPOINT --token TOKEN --discovery-token-ca-cert-hash HASH" },
  ],
  revoke: [
    {
      on: "first-master",
      commands: `${KUBECTL}
kubectl -n kube-system delete secret kubeadm-certs
kubeadm token delete TOKEN`,
    },
  ],
};
