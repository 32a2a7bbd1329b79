import type { Base } from "./build/base.js";
import { LabError } from "./errors.js";
import type { LabIdentity } from "./identity.js";
import { lent } from "./lent.js";
import type { Scenario } from "./scenario.js";
import { sshOutput, sshResult } from "./ssh.js";
import { OLDEST } from "./versions.js";

const kubectl = "kubectl --kubeconfig /etc/kubernetes/admin.conf";
const account = "/var/run/secrets/kubernetes.io/serviceaccount";

/** A DaemonSet whose pods are ready where a pod finds the API by its Service's name, and is answered. */
function podCheck(image: string, hasDns: boolean): object {
  // 1.20's stand-in for CoreDNS answers no questions.
  const resolve = hasDns ? "" : ' --resolve "kubernetes.default.svc:443:$KUBERNETES_SERVICE_HOST"';
  const ask =
    `curl -sS --max-time 3 --cacert ${account}/ca.crt -H "Authorization: Bearer $(cat ${account}/token)"` +
    `${resolve} https://kubernetes.default.svc/version`;
  const { mounts, volumes } = lent();
  const container = {
    name: "check",
    image,
    imagePullPolicy: "IfNotPresent",
    command: ["/bin/sh", "-c", `until ${ask} | grep gitVersion; do sleep 1; done; touch /tmp/ok; sleep 3600`],
    readinessProbe: { exec: { command: ["/usr/bin/test", "-e", "/tmp/ok"] }, periodSeconds: 1 },
    volumeMounts: [...mounts, { name: "tmp", mountPath: "/tmp" }],
  };
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "lab-check", namespace: "default" },
    spec: {
      selector: { matchLabels: { app: "lab-check" } },
      template: {
        metadata: { labels: { app: "lab-check" } },
        spec: {
          terminationGracePeriodSeconds: 0,
          tolerations: [{ operator: "Exists" }],
          containers: [container],
          volumes: [...volumes, { name: "tmp", emptyDir: {} }],
        },
      },
    },
  };
}

/**
 * On every node a pod finds `kubernetes.default.svc` by name and reaches the API through the Service.
 * @throws LabError with what the pods said
 */
export async function checkPods(
  lab: LabIdentity,
  scenario: Scenario,
  master: string,
  base: Base,
): Promise<void> {
  const on = (command: string, input = "") => sshOutput(lab, scenario, master, command, { input });
  const check = podCheck(base.pauseImage, base.version !== `v${OLDEST}`);
  await on(`${kubectl} apply -f -`, JSON.stringify(check));
  const wait = `${kubectl} rollout status daemonset lab-check --timeout=120s`;
  const { exitCode } = await sshResult(lab, scenario, master, wait);
  if (exitCode !== 0) {
    const said = await on(
      `${kubectl} get pods -l app=lab-check -o wide; ${kubectl} logs -l app=lab-check --prefix --tail=5 || true`,
    );
    throw new LabError(`Pods do not reach the API as kubernetes.default.svc:\n${said}`);
  }
  await on(
    `${kubectl} delete daemonset lab-check --wait && ${kubectl} wait --for=delete pod -l app=lab-check --timeout=60s`,
  );
}
