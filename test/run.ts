/**
 * `npm test` after building: lint, types and the unit tests everywhere, and where real hosts can run, the tests on a
 * real sshd and on the lab. K8S_HA_LAB_REQUIRED=1 makes it fail instead where they cannot.
 */
import { existsSync } from "node:fs";
import { execa } from "execa";
import { Lab, canRun } from "./lab/lab.js";

/** Lint and types; what they say is shown at the end of each, as other tests run beside them. */
async function staticChecks(): Promise<boolean> {
  const scripts = ["lint", "types"].map(async (script) => {
    const { exitCode, all } = await execa("npm", ["run", script], { all: true, reject: false });
    process.stderr.write(`\n${all}\n`);
    return exitCode === 0;
  });
  return (await Promise.all(scripts)).every(Boolean);
}

/** The fixed sample of what `npm run test:chaos` plays, compared with the undisturbed run of the tests before. */
async function chaosSample(): Promise<boolean> {
  const words = ["--import", "tsx", "test/chaos/main.ts", "--sample", "--again"];
  const { exitCode } = await execa(process.execPath, words, { stdio: "inherit", reject: false });
  return exitCode === 0;
}

async function vitest(...projects: readonly string[]): Promise<boolean> {
  const words = ["vitest", "run", ...projects.flatMap((project) => ["--project", project])];
  const { exitCode } = await execa("npx", words, { stdio: "inherit", reject: false });
  return exitCode === 0;
}

/** sshd for the transport's tests, which start one of their own; the package must not start or enable another. */
async function installSshd(): Promise<void> {
  if (existsSync("/usr/sbin/sshd")) return;
  process.stderr.write("installing on this machine, with apt-get: openssh-server (its service stays off)\n");
  const hold = "/usr/sbin/policy-rc.d";
  const script = `set -e
apt-get -qq update
[ -e ${hold} ] || { printf '#!/bin/sh\\nexit 101\\n' >${hold}; chmod 755 ${hold}; trap 'rm -f ${hold}' EXIT; }
apt-get -qq -y install --no-install-recommends openssh-server sudo
systemctl disable -q ssh 2>/dev/null || true`;
  await execa("sh", ["-c", script], { stdio: "inherit", env: { DEBIAN_FRONTEND: "noninteractive" } });
}

const reason = canRun();
if (reason !== undefined && process.env["K8S_HA_LAB_REQUIRED"] === "1") {
  process.stderr.write(`The tests on real hosts are required, and cannot run: ${reason}\n`);
  process.exit(1);
}

if (reason === undefined) await installSshd();
// These tests wait for shells and logins half of their time: lint and types fit into it.
const first = [staticChecks(), vitest("unit", ...(reason === undefined ? ["transport"] : []))];
let passed = (await Promise.all(first)).every(Boolean);
if (reason === undefined) {
  const lab = new Lab({ audience: "stderr" });
  const wasUp = (await lab.status()).up;
  await lab.up({ scenario: "default" });
  passed = (await vitest("e2e")) && passed;
  passed = (await chaosSample()) && passed;
  if (!wasUp) await lab.down();
} else {
  const line = "!".repeat(100);
  process.stderr.write(
    `${line}\nNOT TESTED: the transport on a real sshd, and migrations on real hosts.\n${reason}\n${line}\n`,
  );
}
process.exit(passed ? 0 : 1);
