import { beforeAll, describe, expect, it } from "vitest";
import { useScenario } from "../beginning.js";
import {
  expectHighlyAvailable,
  expectMigration,
  expectNothingToDo,
  kubectl,
  on,
  versionOf,
} from "../cluster.js";
import { expectRollback } from "../ending.js";
import { stateOf } from "../state.js";

const ADMIN = "/etc/kubernetes/admin.conf";
const OTHER = `kubectl --kubeconfig ${ADMIN} config view --raw -o jsonpath='{.clusters[?(@.name=="other")]}{.contexts[?(@.name=="other")]}{.users[?(@.name=="other")]}'`;
const SCHEDULER = "/etc/kubernetes/manifests/kube-scheduler.yaml";

/** Settings that operators made by hand on the first master. */
describe("a first master with settings of its operator", () => {
  const { lab, start } = useScenario("default", { "cluster.kubeconfigs": "endpoint" });
  let other = "";

  beforeAll(async () => {
    // An admin.conf that is also used for another cluster.
    await on(
      lab,
      "master1",
      `cd /root; export KUBECONFIG=${ADMIN}
kubectl config set-cluster other --server https://10.99.0.1:6443
kubectl config set-credentials other --token secret
kubectl config set-context other --cluster other --user other`,
    );
    other = await on(lab, "master1", OTHER);
    expect(other).toContain("10.99.0.1:6443");
    // A configuration file of the scheduler that only this machine has.
    const minor = Number((await versionOf(lab)).split(".")[1]);
    const api = minor < 25 ? "v1beta1" : "v1";
    await on(
      lab,
      "master1",
      `printf '%s\\n' 'apiVersion: kubescheduler.config.k8s.io/${api}' 'kind: KubeSchedulerConfiguration' 'clientConnection: {kubeconfig: /etc/kubernetes/scheduler.conf}' >/etc/kubernetes/scheduler-config.yaml
kubectl --kubeconfig ${ADMIN} -n kube-system get configmap kubeadm-config -o yaml >/root/c.yaml
sed 's/^\\( *\\)scheduler: {}/\\1scheduler:\\n\\1  extraArgs:\\n\\1  - name: config\\n\\1    value: \\/etc\\/kubernetes\\/scheduler-config.yaml\\n\\1  extraVolumes:\\n\\1  - hostPath: \\/etc\\/kubernetes\\/scheduler-config.yaml\\n\\1    mountPath: \\/etc\\/kubernetes\\/scheduler-config.yaml\\n\\1    name: config\\n\\1    readOnly: true\\n\\1    pathType: File/' /root/c.yaml | kubectl --kubeconfig ${ADMIN} replace -f -
kubectl --kubeconfig ${ADMIN} -n kube-system get configmap kubeadm-config -o jsonpath='{.data.ClusterConfiguration}' >/root/k.yaml
grep -q scheduler-config /root/k.yaml
kubeadm init phase control-plane scheduler --config /root/k.yaml
rm /root/c.yaml /root/k.yaml
for i in $(seq 90); do pgrep -af '^kube-scheduler ' | grep -q scheduler-config && exit 0; sleep 1; done; exit 1`,
    );
    await kubectl(lab, "-n kube-system wait --for=condition=Ready pod/kube-scheduler-master1 --timeout=120s");
    start().state = await stateOf(lab);
  });

  it("is migrated: every master has the scheduler's file, and only entries of this cluster change", async () => {
    await expectMigration(start().program);
    await expectHighlyAvailable(lab, "10.88.0.100");
    await kubectl(
      lab,
      "-n kube-system wait --for=condition=Ready pod -l component=kube-scheduler --timeout=10s",
    );
    for (const host of ["master2", "master3"])
      expect(await on(lab, host, `cat ${SCHEDULER}`)).toContain("scheduler-config.yaml");
    expect(await on(lab, "master1", OTHER)).toBe(other);
    expect(
      await on(
        lab,
        "master1",
        `kubectl --kubeconfig ${ADMIN} config view --minify -o jsonpath='{.clusters[0].cluster.server}'`,
      ),
    ).toBe("https://10.88.0.100:6443");
    await expectNothingToDo(start().program);
  });

  it("marks a working master again that lost its role label, and resets nothing", async () => {
    await kubectl(lab, "label node master3 node-role.kubernetes.io/control-plane-");
    const planned = (await start().program.planned()).filter(({ step }) => step !== "backup");
    expect(planned.map(({ step, change }) => `${step} ${change.kind} ${change.host}`)).toEqual([
      expect.stringMatching(/^\S+ mark-control-plane master3$/),
    ]);
    const { exitCode, stderr } = await start().program.run("migrate", "--yes");
    expect(`${exitCode} ${stderr}`).toMatch(/^0 /);
    expect(await kubectl(lab, "get node master3 --show-labels")).toContain(
      "node-role.kubernetes.io/control-plane",
    );
    await expectNothingToDo(start().program);
  });

  it("is rolled back, byte for byte", async () => {
    await expectRollback(lab, start());
  });
});
