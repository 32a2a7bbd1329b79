import { sh } from "../shell/shell.js";
import { query } from "./query.js";

/** kubeadm's certificates below its directory, each with the CA that signs it (kubeadm: phases/certs/certlist.go). */
const ISSUED = [
  ["apiserver", "ca"],
  ["apiserver-kubelet-client", "ca"],
  ["front-proxy-client", "front-proxy-ca"],
  ["apiserver-etcd-client", "etcd/ca"],
  ["etcd/server", "etcd/ca"],
  ["etcd/peer", "etcd/ca"],
  ["etcd/healthcheck-client", "etcd/ca"],
].map((pair) => pair.join(" "));

/**
 * What is wrong with the certificates that kubeadm issued on a master, one line each; a component that has loaded its
 * certificate before works until it restarts. Those of etcd are required where etcd is a static pod, and one without its CA
 * on the machine is not checked (an external etcd, or a front proxy of the operator).
 */
export const certificateFaults = query(
  sh`cd /etc/kubernetes/pki 2>/dev/null || exit 0
public() { openssl "$@" 2>/dev/null; }
for pair in ${ISSUED}; do
  name=\${pair% *} ca=\${pair#* }
  [ -f $ca.crt ] || continue
  if ! [ -f $name.crt ]; then
    case $name in (etcd/* | *etcd*) [ -f /etc/kubernetes/manifests/etcd.yaml ] || continue ;; esac
    [ $name = etcd/healthcheck-client ] || echo "$name.crt: missing"
  elif ! why=$(openssl verify -partial_chain -CAfile $ca.crt $name.crt 2>&1); then
    echo "$name.crt: $(echo "$why" | sed -n 's/^.*error [0-9]* at [0-9]* depth lookup: *//p' | head -n 1 | grep . || echo "not a certificate")"
  elif [ "$(public x509 -noout -pubkey -in $name.crt)" != "$(public pkey -pubout -in $name.key)" ]; then
    echo "$name.key: not the key of $name.crt"
  fi
done`,
  (out) => out.split("\n").filter((line) => line !== ""),
);
