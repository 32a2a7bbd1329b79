import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { useScenario } from "../beginning.js";
import { BREAKAGES } from "../breakages.js";
import { expectMigration, on } from "../cluster.js";
import type { Program } from "../k8s-ha.js";

/** A kubelet is reported not Ready after 40 s; a replaced certificate is loaded within a minute. */
const NOTICED_MS = 90_000;
const HEALED_MS = 240_000;

/** Runs a script as root; `k` is kubectl as administrator. */
const K = 'k() { kubectl --kubeconfig /etc/kubernetes/admin.conf --server https://10.88.0.11:6443 "$@"; }';

/** The failed checks of `verify`, one per line. */
async function failed(program: Program, ...options: readonly string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await program.run("verify", ...options);
  if (exitCode === 0) return "";
  const lines = stdout.split("\n").filter((line) => line.startsWith("✗"));
  return lines.join("\n") || stderr;
}

async function until(ms: number, isTrue: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + ms;
  while (!(await isTrue()) && Date.now() < end) await delay(2000);
}

describe("verify", () => {
  const { lab, start } = useScenario("default");

  beforeAll(async () => {
    await expectMigration(start().program);
  });

  it.each(BREAKAGES)("finds $what", async ({ host, breaks, heals, named }) => {
    const { program } = start();
    let before = "";
    await until(HEALED_MS, async () => (before = await failed(program)) === "");
    expect(before).toBe("");
    await on(lab, host, `${K}; set -e; ${breaks}`);
    let found = "";
    try {
      await until(NOTICED_MS, async () => named.test((found = await failed(program))));
    } finally {
      await on(lab, host, `${K}; set -e; ${heals}`);
      await until(HEALED_MS, async () => (await failed(program, "--no-pod-probe")) === "");
    }
    expect(found).toMatch(named);
  });
});
