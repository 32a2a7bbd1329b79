import { beforeAll, describe, expect, it } from "vitest";
import { useScenario } from "../beginning.js";
import { expectHighlyAvailable, expectNothingToDo, kubectl, on } from "../cluster.js";
import { runDocumentedCommands } from "../docs-commands.js";

const WRAPPER = "/usr/local/sbin/kubeadm";
const REFUSES = `#!/bin/sh
[ "$1" = join ] || exec /usr/bin/kubeadm "$@"
echo refused >&2; exit 1
`;
const MANIFEST = "/etc/kubernetes/manifests/etcd.yaml";
/** Waits until the process of etcd on this host has the option. */
const QUOTA = `sed -i 's/^\\( *\\)- --data-dir=.*/&\\n\\1- --quota-backend-bytes=16777216/' ${MANIFEST}
for i in $(seq 90); do pgrep -af '^etcd ' | grep -q quota-backend-bytes=16777216 && exit 0; sleep 1; done; exit 1`;
/** Writes 28 MB, until etcd refuses it. */
const FILL = `head -c 700000 /dev/zero | tr '\\0' x >/root/filling
for i in $(seq 40); do kubectl --kubeconfig /etc/kubernetes/admin.conf create configmap filling-$i --from-file=/root/filling 2>&1 | grep 'space exceeded' && exit 0; done; exit 1`;

/** The second master has a smaller quota than the data need: its alarm stops all writes of the cluster. */
describe("a partially migrated cluster in which etcd raises an alarm", () => {
  const { lab, start } = useScenario("default");

  beforeAll(async () => {
    await lab.ssh("root@master3", `cat >${WRAPPER} && chmod 755 ${WRAPPER}`, { input: REFUSES });
    const { exitCode, stderr } = await start().program.run("migrate", "--yes");
    expect(`${exitCode} ${stderr}`).toMatch(/^1 [^]*master3, step join: /);
    await on(lab, "master3", `rm ${WRAPPER}`);
    await on(lab, "master2", QUOTA);
    await kubectl(lab, "-n kube-system wait --for=condition=Ready pod/etcd-master2 --timeout=120s");
    await on(lab, "master1", FILL);
  });

  it.each([
    ["migrate", "--resume", "--yes"],
    ["rollback", "--yes"],
  ] as const)(
    "is changed neither by %s %s nor damaged, and the alarm is named",
    async (command, ...options) => {
      const { stdout, stderr, exitCode } = await start().program.run(command, ...options);
      expect(`${exitCode} ${stdout} ${stderr}`).toMatch(/^1 [^]*NOSPACE \(member master2\)[^]*"etcd alarms"/);
    },
  );

  it("becomes highly available after the documented commands and --resume", async () => {
    expect(await runDocumentedCommands(lab, "etcd alarms")).toEqual(["master2", "master1"]);
    const { stderr, exitCode } = await start().program.run("migrate", "--resume", "--yes");
    expect(`${exitCode} ${stderr}`).toMatch(/^0 /);
    await expectHighlyAvailable(lab, "10.88.0.100");
    await expectNothingToDo(start().program);
  });
});
