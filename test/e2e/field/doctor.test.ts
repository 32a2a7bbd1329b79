import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { useScenario } from "../beginning.js";
import { expectMigration, kubectl, on } from "../cluster.js";

const MAIN = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));
/** The lab's machines have cgroup v1, which the next version of Kubernetes may refuse. */
const OF_THE_LAB = /cgroup v1|containerd 1/;

interface Report {
  readonly checks: readonly {
    readonly id: string;
    readonly checked: boolean;
    readonly findings: readonly {
      readonly severity: string;
      readonly host?: string;
      readonly what: string;
    }[];
  }[];
}

/** The doctor before and after a migration, and on a cluster that is broken. */
describe("k8s-ha doctor", () => {
  const { lab, start } = useScenario("default");

  const doctor = async (...words: readonly string[]) => {
    const { stdout, stderr, exitCode } = await lab.exec([
      process.execPath,
      MAIN,
      "doctor",
      ...words,
      "--json",
    ]);
    if (stdout === "") throw new Error(stderr);
    const { checks } = JSON.parse(stdout) as Report;
    const all = checks.flatMap(({ id, findings }) =>
      findings.map(({ severity, host = "", what }) => `${severity} ${id} ${host}: ${what}`),
    );
    const found = all.filter((line) => !line.startsWith("info") && !OF_THE_LAB.test(line));
    return { found, all, exitCode, leftOut: checks.filter(({ checked }) => !checked).map(({ id }) => id) };
  };
  const ofInventory = () => doctor("-i", start().program.inventory);

  it("finds nothing on the fresh master, from a login alone, and compares no machines", async () => {
    const { key, knownHosts } = lab.files();
    const login = ["--from", "admin@10.88.0.11", "--identity-file", key, "--known-hosts-file", knownHosts];
    const { found, leftOut } = await doctor(...login);
    expect(found).toEqual([]);
    expect(leftOut).toEqual(["split-brain", "clocks"]);
  });

  it("finds nothing before the migration, and nothing after it", async () => {
    expect((await ofInventory()).found).toEqual([]);
    await expectMigration(start().program);
    const { found, exitCode } = await ofInventory();
    expect(found).toEqual([]);
    expect([0, 9]).toContain(exitCode);
  });

  it.each([
    {
      what: "a join token without an end",
      breaks: () => on(lab, "master1", "kubeadm token create abcdef.0123456789abcdef --ttl 0"),
      heals: () => on(lab, "master1", "kubeadm token delete abcdef"),
      finds: /^warning leftover-secrets master1: .*bootstrap-token-abcdef/,
    },
    {
      what: "a kubeconfig that names a dead address",
      breaks: () =>
        on(
          lab,
          "master2",
          "sed -i.bak 's#server: .*#server: https://10.88.0.99:6443#' /etc/kubernetes/scheduler.conf",
        ),
      heals: () => on(lab, "master2", "mv /etc/kubernetes/scheduler.conf.bak /etc/kubernetes/scheduler.conf"),
      finds: /^error dead-servers master2: https:\/\/10\.88\.0\.99:6443 .*scheduler\.conf/,
    },
    {
      what: "the VIP on two machines",
      breaks: () => on(lab, "lb2", "systemctl stop keepalived; ip addr add 10.88.0.100/32 dev eth0"),
      heals: () => on(lab, "lb2", "ip addr del 10.88.0.100/32 dev eth0; systemctl start keepalived"),
      finds: /^error split-brain : .*lb1 and lb2/,
    },
    {
      what: "a setting that kubeadm-config does not have",
      breaks: () =>
        on(
          lab,
          "master1",
          "sed -i.bak '/- kube-scheduler$/a\\    - --kube-api-qps=60' /etc/kubernetes/manifests/kube-scheduler.yaml && mv /etc/kubernetes/manifests/kube-scheduler.yaml.bak /root/",
        ),
      heals: () =>
        on(lab, "master1", "mv /root/kube-scheduler.yaml.bak /etc/kubernetes/manifests/kube-scheduler.yaml"),
      finds: /^(warning|error) static-pod-settings master1: .*kube-api-qps/,
    },
    {
      what: "an etcd member that is stopped",
      breaks: () => on(lab, "master3", "mv /etc/kubernetes/manifests/etcd.yaml /root/; sleep 30"),
      heals: async () => {
        await on(lab, "master3", "mv /root/etcd.yaml /etc/kubernetes/manifests/");
        await kubectl(lab, "-n kube-system wait --for=condition=Ready pod/etcd-master3 --timeout=180s");
      },
      finds: /^error health .*etcd member master3 is not healthy/,
    },
  ])("finds $what, and names it", async ({ breaks, heals, finds }) => {
    await breaks();
    try {
      const { found, exitCode } = await ofInventory();
      expect(found).toContainEqual(expect.stringMatching(finds));
      expect(exitCode).toBe(found.some((line) => line.startsWith("error")) ? 10 : 9);
    } finally {
      await heals();
    }
  });

  afterAll(async () => {
    const { stdout } = await lab.exec([process.execPath, MAIN, "doctor", "-i", start().program.inventory]);
    process.stderr.write(`${stdout}\n`);
  });
});
