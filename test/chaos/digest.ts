import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createTwoFilesPatch } from "diff";
import type { Lab } from "../lab/lab.js";

const script = (name: string): string => readFileSync(join(import.meta.dirname, name), "utf8");

/** The state of a lab: one value to compare, and the listing that it is computed from. */
export interface Digest {
  readonly value: string;
  /** One fact per line, each with its host. */
  readonly listing: string;
}

/**
 * Queries every running host and the cluster: files with owners and modes, certificate contents, units, packages,
 * ConfigMaps, etcd's members, nodes, endpoints, and leftovers that a run must not leave. Two labs that were migrated
 * from the same snapshot have the same digest.
 */
async function digest(lab: Lab): Promise<Digest> {
  const { hosts } = await lab.status();
  const asked = hosts.filter(({ on }) => on).map(({ name }) => facts(lab, name, "host-facts.sh"));
  const lines = (await Promise.all([...asked, facts(lab, "master1", "cluster-facts.sh", "cluster")])).flat();
  const listing = `${lines.join("\n")}\n`;
  return { value: createHash("sha256").update(listing).digest("hex"), listing };
}

/** The state once all pods have been ready for ten seconds: a kubelet reports a restarted pod some seconds later. */
export async function settledDigest(lab: Lab): Promise<Digest> {
  await untilReady(lab, { forSeconds: 10, atMostSeconds: 120 });
  return digest(lab);
}

/**
 * Polls until the lab is as expected; the remaining difference after these seconds, as a unified diff; empty if none.
 */
export async function difference(lab: Lab, expected: Digest, seconds = 60): Promise<string> {
  const end = Date.now() + seconds * 1000;
  await untilReady(lab, { forSeconds: 0, atMostSeconds: seconds });
  for (;;) {
    const found = await digest(lab);
    if (found.value === expected.value) return "";
    if (Date.now() > end) {
      const patch = createTwoFilesPatch("reference", "found", expected.listing, found.listing, "", "", {
        context: 0,
      });
      return patch.split("\n").slice(3).join("\n");
    }
    await delay(3000);
  }
}

/** Waits for all containers; a complete digest each time would slow down the hosts. */
async function untilReady(
  lab: Lab,
  { forSeconds, atMostSeconds }: { forSeconds: number; atMostSeconds: number },
): Promise<void> {
  const ask =
    "kubectl --kubeconfig /etc/kubernetes/admin.conf get pods -A -o jsonpath='{.items[*].status.containerStatuses[*].ready}'";
  const began = Date.now();
  for (let since = began; Date.now() - began < atMostSeconds * 1000;) {
    const { exitCode, stdout } = await lab.ssh("root@master1", ask);
    if (exitCode !== 0 || stdout.includes("false")) since = Date.now();
    else if (Date.now() - since >= forSeconds * 1000) return;
    await delay(1000);
  }
}

async function facts(lab: Lab, host: string, name: string, shownAs = host): Promise<string[]> {
  const { stdout } = await lab.ssh(`root@${host}`, "sh -s", { input: script(name), timeoutSeconds: 60 });
  return stdout
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => `${shownAs}: ${line.trimEnd()}`);
}
