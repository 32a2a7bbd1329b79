import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import type { Lab } from "../../lab/lab.js";
import { lent } from "../../lab/lent.js";
import { demoImage, kubectl, on } from "../cluster.js";
import { copyTo } from "../copy.js";
import type { Seen } from "./seen.js";

const FOLDER = "/opt/load";
const SERVICE = "https://kubernetes.default.svc";
const POD = "load-client";

/** The results of each client; those of the pod have the key `service`. */
export type SeenBy = Readonly<Record<string, Seen>>;

/** Clients that load the API, on the operator's machine and in a pod on worker1. */
export class Clients {
  readonly #outside = new Map<string, { readonly child: ChildProcess; readonly output: () => string }>();

  private constructor(
    private readonly lab: Lab,
    private readonly folder: string,
  ) {}

  /** Starts the client in the pod. Needs Kubernetes 1.24 or newer, for the token. */
  static async start(lab: Lab): Promise<Clients> {
    await kubectl(lab, "create namespace load");
    await kubectl(lab, "create clusterrolebinding load --clusterrole=edit --serviceaccount=load:default");
    await kubectl(lab, "-n load create configmap service");
    const folder = mkdtempSync(join(tmpdir(), "k8s-ha-load-"));
    const clients = new Clients(lab, folder);
    const token = await kubectl(lab, "-n load create token default --duration=2h");
    writeFileSync(join(folder, "token"), token);
    writeFileSync(join(folder, "ca.crt"), await on(lab, "master1", "cat /etc/kubernetes/pki/ca.crt"));
    const entry = fileURLToPath(new URL("client.ts", import.meta.url));
    const outfile = join(folder, "client.mjs");
    buildSync({ entryPoints: [entry], bundle: true, platform: "node", format: "esm", outfile });
    await startPod(lab, outfile);
    return clients;
  }

  /** Starts a client of a URL on the operator's machine. */
  async add(name: string, url: string): Promise<void> {
    await kubectl(this.lab, `-n load create configmap ${name}`);
    const files = ["ca.crt", "token"].map((file) => join(this.folder, file));
    const words = [process.execPath, join(this.folder, "client.mjs"), url, name, ...files];
    const [first = "", ...rest] = [...this.lab.execLine(), ...words];
    const child = spawn(first, rest, { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (piece: Buffer) => (output += piece.toString()));
    this.#outside.set(name, { child, output: () => output });
  }

  /** Stops all clients; returns their results. */
  async stop(): Promise<SeenBy> {
    const ended = [...this.#outside].map(async ([name, { child, output }]) => {
      const exit = new Promise((resolve) => child.on("close", resolve));
      child.kill("SIGTERM");
      await exit;
      return [name, JSON.parse(output()) as Seen] as const;
    });
    await on(this.lab, "worker1", `touch ${FOLDER}/stop`);
    const seen = await Promise.all(ended);
    let phase = "";
    for (let tries = 0; tries < 30 && phase !== "Succeeded" && phase !== "Failed"; tries++) {
      await delay(1000);
      phase = await kubectl(this.lab, `-n load get pod ${POD} -o jsonpath='{.status.phase}'`);
    }
    const inPod = JSON.parse(await kubectl(this.lab, `-n load logs ${POD}`)) as Seen;
    await kubectl(this.lab, "delete namespace load --wait=false");
    await kubectl(this.lab, "delete clusterrolebinding load");
    return { ...Object.fromEntries(seen), service: inPod };
  }
}

async function startPod(lab: Lab, client: string): Promise<void> {
  await on(lab, "worker1", `mkdir -p ${FOLDER}; rm -f ${FOLDER}/stop`);
  await copyTo(lab, "10.88.0.21", [process.execPath, client], FOLDER);
  const image = await demoImage(lab);
  const account = "/var/run/secrets/kubernetes.io/serviceaccount";
  const run = `${FOLDER}/node ${FOLDER}/client.mjs ${SERVICE} service ${account}/ca.crt ${account}/token`;
  const { mounts, volumes } = lent(FOLDER);
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: POD, namespace: "load" },
    spec: {
      nodeName: "worker1",
      restartPolicy: "Never",
      containers: [
        {
          name: "client",
          image,
          command: [
            "/bin/sh",
            "-c",
            `${run} & until [ -e ${FOLDER}/stop ]; do sleep 1; done; kill $!; wait $!`,
          ],
          volumeMounts: mounts,
        },
      ],
      volumes,
    },
  };
  await lab.ssh("root@master1", "cat >/run/load.json", { input: JSON.stringify(pod) });
  await kubectl(lab, "apply -f /run/load.json");
  await kubectl(lab, `-n load wait --for=condition=Ready pod/${POD} --timeout=120s`);
}
