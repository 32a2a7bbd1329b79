import { spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { removeCgroups } from "./cgroups.js";
import { LabError } from "./errors.js";
import { hostNamespace, type LabIdentity } from "./identity.js";
import { hostNetwork, linkName, operatorEnd, removeHostNetwork } from "./network.js";
import {
  containerInit,
  isAlive,
  networkNamespace,
  type ProcessRecord,
  recordedProcess,
  signal,
} from "./processes.js";
import type { Scenario } from "./scenario.js";
import { sshResult } from "./ssh.js";
import { waitFor } from "./waiting.js";

const bootScript = join(import.meta.dirname, "boot-host.sh");
/** SIGRTMIN+4: systemd's "power off". */
const powerOffSignal = 38;

const runFolderOf = (lab: LabIdentity, name: string) => join(lab.runFolder, "hosts", name);

/** The root of a host's file system. */
export function hostRoot(lab: LabIdentity, name: string): string {
  return join(lab.mountPoint, "hosts", name);
}

function supervisor(lab: LabIdentity, name: string): ProcessRecord | undefined {
  return recordedProcess(join(runFolderOf(lab, name), "supervisor"));
}

/** Whether a host is powered on (booted, booting or going down). */
export function isRunning(lab: LabIdentity, name: string): boolean {
  return supervisor(lab, name) !== undefined;
}

/** What a host last wrote to its console. */
function lastWords(lab: LabIdentity, name: string): string {
  const file = join(runFolderOf(lab, name), "console");
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(-15).join("\n") : "";
}

/** Switches a host on; it boots while the caller goes on. */
export async function startHost(lab: LabIdentity, scenario: Scenario, name: string): Promise<void> {
  const address = scenario.hosts[name]?.address ?? "";
  const folder = runFolderOf(lab, name);
  // A supervisor that was killed leaves its host behind.
  await removeCgroups(lab, name);
  mkdirSync(folder, { recursive: true });
  rmSync(join(folder, "supervisor"), { force: true });
  writeFileSync(join(folder, "host.ip"), hostNetwork(lab, scenario, name));
  writeFileSync(join(folder, "operator.ip"), operatorEnd(address));
  const console = openSync(join(folder, "console"), "w");
  const args = [
    name,
    hostRoot(lab, name),
    folder,
    hostNamespace(lab, name),
    lab.operatorNamespace,
    lab.cgroup,
    linkName(address),
  ];
  const child = spawn(bootScript, args, { detached: true, stdio: ["ignore", console, console] });
  child.unref();
  closeSync(console);
  await waitFor(`${name} to be switched on`, 20, () => (supervisor(lab, name) ? true : undefined), 10);
}

/** Waits until everybody can log in, not root alone as while a host boots. */
export async function waitForLogin(lab: LabIdentity, scenario: Scenario, name: string): Promise<void> {
  try {
    await waitFor(`a login on ${name}`, 60, async () => {
      if (!isRunning(lab, name)) throw new LabError(`${name} did not stay up.`);
      return (await sshResult(lab, scenario, name, "test ! -e /run/nologin")).exitCode === 0
        ? true
        : undefined;
    });
  } catch (error) {
    throw new LabError(`${(error as Error).message} Its console says:\n${lastWords(lab, name)}`);
  }
}

/** Switches a host off: as by its power cable, or as by its button when `graceful`. */
export async function stopHost(lab: LabIdentity, name: string, graceful = false): Promise<void> {
  const running = supervisor(lab, name);
  if (running) {
    const init = containerInit(running.pid);
    if (init && networkNamespace(init.pid) !== networkNamespace("self")) {
      if (graceful) {
        signal(init, powerOffSignal);
        await waitFor(`${name} to go down`, 60, () => (isAlive(init) ? undefined : true), 50).catch(
          () => undefined,
        );
      }
      signal(init, "SIGKILL");
    }
    const gone = () => (isAlive(running) ? undefined : true);
    await waitFor(`the end of ${name}`, 5, gone, 20).catch(() => {
      signal(running, "SIGKILL");
    });
  }
  await removeCgroups(lab, name);
  await removeHostNetwork(lab, name);
  rmSync(join(runFolderOf(lab, name), "supervisor"), { force: true });
  try {
    rmdirSync(`/run/systemd/nspawn/propagate/${hostNamespace(lab, name)}`);
  } catch {
    // nspawn makes this folder, and mostly takes it away itself.
  }
}
