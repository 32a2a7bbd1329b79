/**
 * `npm test` after building: lint, types and the unit tests everywhere; on machines that support it, also the tests on
 * a real sshd and on the lab. K8S_HA_LAB_REQUIRED=1 makes it fail if they cannot run.
 */
import { existsSync } from "node:fs";
import { execa } from "execa";
import { Lab, canRun } from "./lab/lab.js";

/** Runs a command in parallel to others; prints its output at its end. */
async function beside(command: string, ...words: readonly string[]): Promise<boolean> {
  const { exitCode, all } = await execa(command, words, { all: true, reject: false });
  process.stderr.write(`\n${all}\n`);
  return exitCode === 0;
}

/** Runs a command and prints its output immediately. */
async function shown(command: string, ...words: readonly string[]): Promise<boolean> {
  const { exitCode } = await execa(command, words, { stdio: "inherit", reject: false });
  return exitCode === 0;
}

// By sched(7), with autogroup a nice value counts only within a session: this is a separate one.
const BEHIND = `echo 10 2>/dev/null >/proc/self/autogroup; exec nice -n 10 "$@"`;

/** Like {@link beside}, with low priority, because the lab takes the whole duration of the test run. */
const behindLab = (...words: readonly string[]): Promise<boolean> =>
  beside("setsid", "sh", "-c", BEHIND, "sh", ...words);

const staticChecks = ["lint", "types"].map((script): [string, ...string[]] => ["npm", "run", script]);
const vitest = (...projects: readonly string[]): [string, ...string[]] => [
  "npx",
  "vitest",
  "run",
  ...projects.flatMap((project) => ["--project", project]),
];

/** sshd for the transport's tests, which start their own; the package must not start or enable another. */
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

/** The tests on the lab, then the fixed sample of `npm run test:chaos`, compared with the reference run of the tests. */
async function onLab(): Promise<boolean> {
  const passed = await shown(...vitest("e2e"));
  const sample = ["--import", "tsx", "test/chaos/main.ts", "--sample", "--again"];
  return (await shown(process.execPath, ...sample)) && passed;
}

const reason = canRun();
if (reason !== undefined && process.env["K8S_HA_LAB_REQUIRED"] === "1") {
  process.stderr.write(`The tests on real hosts are required, and cannot run: ${reason}\n`);
  process.exit(1);
}

let results: readonly boolean[];
if (reason === undefined) {
  await installSshd();
  const lab = new Lab({ audience: "stderr" });
  const wasUp = (await lab.status()).up;
  await lab.up({ scenario: "default" });
  const others = [...staticChecks, vitest("unit", "transport")].map((words) => behindLab(...words));
  results = await Promise.all([...others, onLab()]);
  if (!wasUp) await lab.down();
} else {
  const others = staticChecks.map((words) => beside(...words));
  results = await Promise.all([...others, shown(...vitest("unit"))]);
  const line = "!".repeat(100);
  process.stderr.write(
    `${line}\nNOT TESTED: the transport on a real sshd, and migrations on real hosts.\n${reason}\n${line}\n`,
  );
}
process.exit(results.every(Boolean) ? 0 : 1);
