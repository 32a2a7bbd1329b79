import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import type { LabIdentity } from "./identity.js";
import { inventoryText, knownHostsText } from "./operator-files.js";
import { operatorFiles } from "./operator-paths.js";
import type { Scenario } from "./scenario.js";

export const hostKeyTypes = ["ed25519", "ecdsa"] as const;

/** A host's private key; its public one lies beside it. */
export function hostKeyFile(lab: LabIdentity, host: string, type: string): string {
  return join(lab.runFolder, "host-keys", host, `ssh_host_${type}_key`);
}

async function makeKey(file: string, type: string, comment: string): Promise<void> {
  if (existsSync(`${file}.pub`)) return;
  rmSync(file, { force: true });
  await execa("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", comment, "-f", file]);
}

/** Makes what is missing of the lab's keys and passwords, which then stay; writes known_hosts and the inventory anew. */
export async function writeOperatorFiles(
  lab: LabIdentity,
  scenario: Scenario,
  ignorePreflightErrors: readonly string[],
): Promise<void> {
  const files = operatorFiles(lab.runFolder);
  mkdirSync(lab.runFolder, { recursive: true, mode: 0o700 });
  await makeKey(files.key, "ed25519", "lab");
  if (!existsSync(files.sudoPassword)) {
    writeFileSync(files.sudoPassword, `${randomBytes(9).toString("base64url")}\n`, { mode: 0o600 });
  }
  const publicKeys = new Map<string, string[]>();
  await Promise.all(
    Object.keys(scenario.hosts).map(async (host) => {
      mkdirSync(join(lab.runFolder, "host-keys", host), { recursive: true });
      const keyFiles = hostKeyTypes.map((type) => hostKeyFile(lab, host, type));
      await Promise.all(keyFiles.map((file, index) => makeKey(file, hostKeyTypes[index] ?? "", host)));
      publicKeys.set(
        host,
        keyFiles.map((file) => readFileSync(`${file}.pub`, "utf8").trim()),
      );
    }),
  );
  writeFileSync(files.knownHosts, knownHostsText(scenario, publicKeys));
  writeFileSync(files.inventory, inventoryText(scenario, files, ignorePreflightErrors));
  chmodSync(files.inventory, 0o600);
}
