# Everything on a host that a rollback must restore byte for byte, one fact per line. Exits with 0 even if something is missing.
# Excluded: the copies that passwd(1) and similar tools keep of their previous files, and the backups, which are kept.
# The files of pods exist only while the host is a node.
pods='^$'; [ ! -e /etc/kubernetes/kubelet.conf ] || pods='^file /var/lib/cni/(results/|networks/[^/]+/[0-9a-f]+[.:])'
find /etc /var/lib/k8s-ha /var/lib/cni /root/.kube /home/*/.kube -xdev ! -path '*/.kube/cache*' ! -name 'passwd-' ! -name 'group-' ! -name 'shadow-' ! -name 'gshadow-' -printf '%p %y %m %u:%g %l\n' 2>/dev/null | sort | sed 's/^/file /' | grep -vE "$pods"
find /etc /root/.kube /home/*/.kube -xdev -type f ! -path '*/.kube/cache*' ! -name 'passwd-' ! -name 'group-' ! -name 'shadow-' ! -name 'gshadow-' -exec sha256sum {} + 2>/dev/null | sort -k2 | sed 's/^/content /'
find /etc/kubernetes /etc/haproxy /etc/keepalived -xdev -type f -printf 'time %p %T@\n' 2>/dev/null | sort
# A kubelet that loses power while it saves a checkpoint leaves the temporary file.
find /var/lib/etcd /var/lib/kubelet -maxdepth 1 ! -regex '/var/lib/kubelet/\.[0-9]+' -printf 'data %p %y %m\n' 2>/dev/null | grep -v k8s-ha | sort
sha256sum /var/lib/kubelet/config.yaml /var/lib/kubelet/kubeadm-flags.env 2>/dev/null
dpkg-query -W -f='package ${Package} ${db:Status-Abbrev} ${Version}\n'
apt-mark showauto | sed 's/^/automatic /'
systemctl list-unit-files --no-legend --plain | awk '{ print "unit file " $1, $2 }' | grep -vE 'k8s-ha|run-|\.scope' | sort
# A kubelet that has not joined a cluster keeps restarting.
waiting=; [ -e /etc/kubernetes/kubelet.conf ] || waiting=active
for u in kubelet containerd haproxy keepalived firewalld ssh; do echo "unit $u: $(systemctl is-active "$u" 2>/dev/null | sed 's/activating\|failed/tries/')"; done | sed "s/^unit kubelet: ${waiting:-tries}$/unit kubelet: tries/"
sysctl net.ipv4.ip_nonlocal_bind net.ipv6.ip_nonlocal_bind 2>/dev/null
if systemctl is-active -q firewalld; then
  firewall-cmd --list-all-zones | sed 's/^/live firewall: /'
  firewall-cmd --permanent --list-all-zones | sed 's/^/permanent firewall: /'
fi
if command -v ufw >/dev/null; then
  iptables-save -t filter 2>/dev/null | sed -n 's/\[[0-9:]*\]//; s/^[:-].*ufw.*/ufw: &/p'
fi
ls /sys/class/net | grep -v '^veth' | sed 's/^/link /'
ip -o addr show | awk '$4 !~ /^fe80:/ { print "address", $2, $4 }' | grep -v veth
for t in nat filter mangle; do iptables-save -t "$t" 2>/dev/null | grep -cE 'KUBE-|CNI-' | sed "s/^[1-9].*/some/; s/^/rules $t /"; done
nft list tables 2>/dev/null | grep kube-proxy
crictl -r unix:///run/containerd/containerd.sock images -q 2>/dev/null | sort | sed 's/^/image /'
exit 0
