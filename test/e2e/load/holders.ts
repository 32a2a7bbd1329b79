import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import type { Lab } from "../../lab/lab.js";
import { kubectl, on } from "../cluster.js";
import type { Held } from "./held.js";

/** Connections to a URL of the API that the operator's machine holds: see `holder.ts`. */
export class Holders {
  #output = "";

  private constructor(
    private readonly lab: Lab,
    private readonly child: ChildProcess,
  ) {
    child.stdout?.on("data", (piece: Buffer) => (this.#output += piece.toString()));
  }

  /** Starts to hold this number of connections. Needs Kubernetes 1.24 or newer, for the token. */
  static async start(lab: Lab, url: string, count: number): Promise<Holders> {
    await kubectl(lab, "create namespace load");
    await kubectl(lab, "create clusterrolebinding load --clusterrole=view --serviceaccount=load:default");
    const folder = mkdtempSync(join(tmpdir(), "k8s-ha-held-"));
    const ca = join(folder, "ca.crt");
    const token = join(folder, "token");
    const outfile = join(folder, "holder.mjs");
    writeFileSync(token, await kubectl(lab, "-n load create token default --duration=2h"));
    writeFileSync(ca, await on(lab, "master1", "cat /etc/kubernetes/pki/ca.crt"));
    const entry = fileURLToPath(new URL("holder.ts", import.meta.url));
    buildSync({ entryPoints: [entry], bundle: true, platform: "node", format: "esm", outfile });
    const words = [...lab.execLine(), process.execPath, outfile, url, String(count), ca, token];
    const [first = "", ...rest] = words;
    return new Holders(lab, spawn(first, rest, { stdio: ["ignore", "pipe", "inherit"] }));
  }

  /** Closes the connections. */
  async stop(): Promise<Held> {
    const exit = new Promise((resolve) => this.child.on("close", resolve));
    this.child.kill("SIGTERM");
    await exit;
    await kubectl(this.lab, "delete namespace load --wait=false");
    await kubectl(this.lab, "delete clusterrolebinding load");
    return JSON.parse(this.#output) as Held;
  }
}
