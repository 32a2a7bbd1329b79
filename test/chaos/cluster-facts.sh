# What the cluster is like at the end, asked on the first master; random ids and versions are left out.
export KUBECONFIG=/etc/kubernetes/admin.conf
for map in kube-system/kubeadm-config kube-system/kube-proxy; do
  kubectl -n "${map%/*}" get configmap "${map#*/}" -o go-template='{{range $k, $v := .data}}{{$k}}: {{$v}}{{"\n"}}{{end}}' | sed "s|^|$map: |"
done
kubectl -n kube-public get configmap cluster-info -o jsonpath='{.data.kubeconfig}' | grep -E '^ *server:' | sed 's/^/cluster-info:/'
kubectl get nodes -o go-template='{{range .items}}{{$n := .metadata.name}}{{range $k, $v := .metadata.labels}}node {{$n}}: label {{$k}}={{$v}}{{"\n"}}{{end}}{{range .spec.taints}}node {{$n}}: taint {{.key}}:{{.effect}}{{"\n"}}{{end}}{{range .status.conditions}}node {{$n}}: {{.type}} {{.status}}{{"\n"}}{{end}}{{end}}'
kubectl get endpoints kubernetes -o go-template='{{range .subsets}}{{range .addresses}}endpoint kubernetes: {{.ip}}{{"\n"}}{{end}}{{end}}' | sort
kubectl -n kube-system get pods -o go-template='{{range .items}}pod {{.metadata.name}}: {{.status.phase}}{{range .status.containerStatuses}} ready={{.ready}}{{end}}{{"\n"}}{{end}}' | sed -E 's/-[a-z0-9]{5}: /: /; s/-[a-f0-9]{8,10}: /: /' | sort
# The same object as before, not one made anew.
kubectl get deployments,daemonsets,services,configmaps,secrets -A -o jsonpath='{range .items[*]}{.kind} {.metadata.namespace}/{.metadata.name}: {.metadata.uid}{"\n"}{end}' | grep -vE 'bootstrap-token|kubeadm-certs' | sort
kubectl -n kube-system get secret kubeadm-certs --ignore-not-found -o name | sed 's/^/left: /'
kubectl -n kube-system get secrets --field-selector type=bootstrap.kubernetes.io/token -o go-template='{{range .items}}{{with .data.description}}{{. | base64decode}}{{"\n"}}{{end}}{{end}}' | grep -E '^k8s-ha|^Proxy for' | sed 's/^/left: token: /'
etcd=$(crictl ps -q --name '^etcd$' | head -n 1)
ask() { crictl exec "$etcd" etcdctl --endpoints=https://127.0.0.1:2379 --cacert=/etc/kubernetes/pki/etcd/ca.crt --cert=/etc/kubernetes/pki/etcd/healthcheck-client.crt --key=/etc/kubernetes/pki/etcd/healthcheck-client.key "$@"; }
ask member list | cut -d, -f2- | sort | sed 's/^/etcd member:/'
ask endpoint health --cluster 2>&1 | sed -E 's/: (successfully|failed).*//; s/^/etcd: /' | sort
exit 0
