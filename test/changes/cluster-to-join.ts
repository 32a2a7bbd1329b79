import { Sandbox } from "../machine/sandbox.js";

/** The token that `kubeadm token create` prints. */
export const TOKEN = "abcdef.0123456789abcdef";

/** A cluster of one master whose etcd gets a second member, not started at first, as soon as kubeadm joins one. */
export function clusterToJoin(healthy = true): Sandbox {
  const sandbox = new Sandbox();
  const member = (name: string, address: string) => ({
    name,
    peerURLs: [`https://${address}:2380`],
    clientURLs: [`https://${address}:2379`],
    healthy: true,
  });
  const first = { ...member("master1", "10.88.0.11"), healthy };
  const second = member("master2", "10.88.0.12");
  sandbox.web.etcd([first], [first, { peerURLs: second.peerURLs }], [first, second]);
  sandbox.web.api({ "/readyz": "ok" }, "10.88.0.12");
  sandbox.answer(
    "kubeadm",
    `case "$*" in token*) echo ${TOKEN} ;; join*) cat "$SANDBOX/run/k8s-ha/join.yaml" >"$SANDBOX/joined" ;; esac`,
  );
  sandbox.runsUnits();
  return sandbox;
}
