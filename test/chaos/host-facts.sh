# The end state of a host, one fact per line. Random values (keys, passwords, dates, run ids) are masked; certificates
# are listed by their contents. Exits with 0 even if files are missing.
tree() { [ ! -e "$1" ] || find "$1" -xdev -printf "%p %y %m %u:%g %l\n" | sort; }
text() { for f in "$@"; do [ ! -f "$f" ] || sed "s|^|$f: |" "$f"; done; }
mask() { sed -E "s/$1/$2/g"; }

# Files.
tree /etc/kubernetes | grep -v " /etc/kubernetes/tmp" | sed 's/^/file /'
for f in /etc/haproxy /etc/keepalived /etc/sysctl.d /etc/firewalld /var/lib/k8s-ha /etc/apt /root/.kube /home/*/.kube; do
  tree "$f"
done | grep -vE '/\.kube/cache|\.old |/k8s-ha/(undo|journal)/' | sed 's/^/file /'
tree /var/backups/k8s-ha | mask '[0-9]{8}-[0-9]{6}' RUN | sort -u | sed 's/^/file /'
tree /var/lib/kubelet/pki | mask 'client-[0-9][0-9-]*' client-DATE | sort -u | sed 's/^/file /'
text /etc/haproxy/haproxy.cfg /etc/sysctl.d/*k8s-ha* /etc/firewalld/zones/*.xml /var/lib/k8s-ha/*.yaml
text /etc/keepalived/* | mask 'auth_pass .*' 'auth_pass MASKED'
# A member list in etcd's arguments has the order of random ids.
text /etc/kubernetes/manifests/*.yaml | mask 'initial-cluster=.*' 'initial-cluster=MASKED'
sed -n 's/.*--initial-cluster=//p' /etc/kubernetes/manifests/etcd.yaml 2>/dev/null | tr ',' '\n' | sort | sed 's/^/initial cluster: /'
text /var/lib/kubelet/config.yaml /var/lib/kubelet/kubeadm-flags.env
for f in /etc/kubernetes/*.conf /root/.kube/config /home/*/.kube/config; do
  [ ! -f "$f" ] || grep -E '^ *(server|user|current-context|client-certificate|client-key): ' "$f" | sed "s|^|$f: |"
done
for f in /etc/kubernetes/pki/*.crt /etc/kubernetes/pki/etcd/*.crt; do
  [ -f "$f" ] || continue
  openssl x509 -noout -subject -issuer -in "$f" | sed "s|^|$f: |"
  openssl x509 -noout -ext subjectAltName -in "$f" 2>/dev/null | sed 1d | tr ',' '\n' | sort | sed "s|^ *|$f: |"
  k=${f%.crt}.key
  [ ! -f "$k" ] || [ "$(openssl x509 -noout -pubkey -in "$f")" = "$(openssl pkey -pubout -in "$k")" ] || echo "$f does not belong to its key"
done

# Packages, units, kernel parameters, active firewall rules, arguments of running components.
dpkg-query -W -f='package ${Package} ${db:Status-Abbrev} ${Version}\n'
for u in kubelet containerd haproxy keepalived firewalld ssh; do
  echo "unit $u: $(systemctl is-enabled "$u" 2>/dev/null), $(systemctl is-active "$u" 2>/dev/null)"
done
echo "net.ipv4.ip_nonlocal_bind $(sysctl -n net.ipv4.ip_nonlocal_bind 2>/dev/null)"
if systemctl is-active -q firewalld; then firewall-cmd --list-all | sed 's/^/firewall in force: /'; fi
pgrep -x -a 'kube-apiserver|kube-controller|kube-scheduler' | cut -d' ' -f2- | tr ' ' '\n' | sort | sed 's/^/runs with /'
for c in kube-apiserver kube-controller kube-scheduler etcd kube-proxy haproxy; do
  echo "runs: $c: $(pgrep -c -x "$c" | sed 's/^[1-9][0-9]*$/yes/')"
done

# Leftovers that no run may leave.
systemctl list-units --no-legend --plain --state=active,activating,deactivating,reloading 'k8s-ha-*' | sed 's/^/left: unit /'
find /etc /var/lib/kubelet /var/lib/k8s-ha /var/lib/etcd /root /home -xdev -name '*.k8s-ha*' 2>/dev/null | sed 's/^/left: /'
find /var/lib/etcd -xdev -name 'k8s-ha-*' 2>/dev/null | sed 's/^/left: /'
# A run that is killed after its last kubelet restart leaves a list of pods, which is ignored after an hour.
find /run/k8s-ha -type f ! -name '*.log' ! -name '*.code' ! -name '*.sh' ! -name 'ready-pods-*.json' 2>/dev/null | sed 's/^/left: /'
find /var/backups/k8s-ha -maxdepth 1 -type f 2>/dev/null | mask '[0-9]{8}-[0-9]{6}' RUN | sort -u | sed 's/^/left: /'
[ ! -e /etc/kubernetes/bootstrap-kubelet.conf ] || echo 'left: bootstrap-kubelet.conf'
exit 0
