import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { holds } from "../../../src/config-files/kubeadm-versions.js";
import { lent } from "../../lab/lent.js";
import { useScenario } from "../beginning.js";
import {
  demoImage,
  expectHighlyAvailable,
  expectMigration,
  joinFlags,
  kubectl,
  on,
  versionOf,
} from "../cluster.js";
import { copyTo } from "../copy.js";

const FOLDER = "/opt/replica";
const PERIOD = 30;
const WORKERS = { worker1: "10.88.0.21", worker2: "10.88.0.22" };
const ASKED = "/run/asked";

/** The pods of a Service with one replica on each worker, and a client that requests it all the time. */
describe("a Service with two replicas whose readiness probes have a long period", () => {
  const { lab, start } = useScenario("default", {
    workers: Object.entries(WORKERS).map(([name, address]) => ({ name, address })),
  });

  /** Requests the Service from master1, where its address is translated as on any node. */
  async function startClient(): Promise<void> {
    const address = await kubectl(lab, "get service replica -o jsonpath='{.spec.clusterIP}'");
    const ask = `while [ ! -e ${ASKED}.stop ]; do if curl -sf --max-time 2 http://${address}/ >/dev/null; then echo ok; else date "+failed %T"; fi >>${ASKED}; sleep 0.1; done`;
    await on(lab, "master1", `systemd-run -q --unit=asking /bin/sh -c '${ask}'`);
  }

  beforeAll(async () => {
    await lab.powerOn("worker2");
    const command = await on(
      lab,
      "master1",
      "kubeadm token create --ttl 10m --print-join-command 2>/dev/null",
    );
    await on(lab, "worker2", `systemctl enable -q kubelet; ${command.trim()} ${await joinFlags(lab)} 2>&1`);
    await kubectl(lab, "wait --for=condition=Ready node/worker2 --timeout=120s");
    for (const [name, address] of Object.entries(WORKERS)) {
      await on(lab, name, `mkdir -p ${FOLDER}`);
      await copyTo(lab, address, [process.execPath], FOLDER);
    }
    const server = 'require("http").createServer((_, answer) => answer.end("ok")).listen(8080, "::")';
    const { mounts, volumes } = lent(FOLDER);
    const labels = { app: "replica" };
    const replicas = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "replica" },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            affinity: {
              podAntiAffinity: {
                requiredDuringSchedulingIgnoredDuringExecution: [
                  { labelSelector: { matchLabels: labels }, topologyKey: "kubernetes.io/hostname" },
                ],
              },
            },
            containers: [
              {
                name: "server",
                image: await demoImage(lab),
                command: [`${FOLDER}/node`, "-e", server],
                readinessProbe: { httpGet: { path: "/", port: 8080 }, periodSeconds: PERIOD },
                volumeMounts: mounts,
              },
            ],
            volumes,
          },
        },
      },
    };
    const service = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "replica" },
      spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
    };
    const list = { apiVersion: "v1", kind: "List", items: [replicas, service] };
    await lab.ssh("root@master1", "cat >/run/replica.json", { input: JSON.stringify(list) });
    await kubectl(lab, "apply -f /run/replica.json");
    await kubectl(lab, "rollout status deployment replica --timeout=180s");
    const nodes = await kubectl(lab, "get pods -l app=replica -o jsonpath='{.items[*].spec.nodeName}'");
    expect(nodes.split(" ").toSorted()).toEqual(Object.keys(WORKERS));
    // The rules of a new Service take a moment on every node.
    await delay(5000);
    await startClient();
  }, 3_600_000);

  it("answers every request during a migration, which says what a kubelet restart interrupts", async () => {
    const losesReadiness = holds("restartLosesReadiness", await versionOf(lab));
    const { stdout } = await start().program.run("plan");
    const interrupted = "the node's pods with readiness probes";
    if (losesReadiness) expect(stdout).toContain(interrupted);
    else expect(stdout).not.toContain(interrupted);
    await expectMigration(start().program);
    await on(lab, "master1", `touch ${ASKED}.stop; while systemctl -q is-active asking; do sleep 0.2; done`);
    const answers = (await on(lab, "master1", `cat ${ASKED}`)).trim().split("\n");
    console.log(`${answers.length} requests`);
    expect(answers.filter((line) => line !== "ok")).toEqual([]);
    expect(answers.length).toBeGreaterThan(100);
    await expectHighlyAvailable(lab, "10.88.0.100");
  });

  it("has both replicas Ready when the migration ends", async () => {
    const ready = await kubectl(lab, "get deployment replica -o jsonpath='{.status.readyReplicas}'");
    expect(ready).toBe("2");
  });
});
