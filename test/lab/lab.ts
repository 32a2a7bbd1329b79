import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { makeBase } from "./build/base.js";
import { privateApt } from "./build/private-apt.js";
import { buildPrograms, buildStandIns, givenPrograms, type Programs } from "./build/programs.js";
import { makeEtcd, makeRootTree } from "./build/root-tree.js";
import { removeCgroups } from "./cgroups.js";
import { waitForCluster } from "./cluster.js";
import { discardTree, emptyDiscarded, isMounted, mountDisk, unmountDisk } from "./disk.js";
import { LabError } from "./errors.js";
import { isRunning, startHost, stopHost, waitForLogin } from "./hosts.js";
import { labIdentity, type LabIdentity } from "./identity.js";
import { writeOperatorFiles } from "./keys.js";
import { exclusively } from "./lock.js";
import { canRun, installTools } from "./machine.js";
import { freshKey, makeFresh } from "./making.js";
import { makeOperatorNetwork, operatorNetworkExists, removeOperatorNetwork, setLink } from "./network.js";
import { operatorFiles, type OperatorFiles } from "./operator-files.js";
import { type Audience, runSteps } from "./progress.js";
import type { Scenario } from "./scenario.js";
import {
  discardSnapshots,
  freshSnapshot,
  restoreHost,
  snapshotMeta,
  snapshotNames,
  takeSnapshot,
} from "./snapshots.js";
import {
  type CommandOptions,
  type CommandResult,
  inOperatorNamespace,
  run,
  sshCommand,
  sshResult,
} from "./ssh.js";
import { currentScenario, type LabState, readState, removeState, scenarioText, writeState } from "./state.js";

export { canRun } from "./machine.js";
export type { CommandOptions, CommandResult } from "./ssh.js";

/** What `up` brings up. */
export interface UpOptions {
  /** A name or the path of a YAML file; the running scenario, or `default`, when left out. */
  readonly scenario?: string;
  /** A folder of ready-made Kubernetes programs, instead of building Debian's. */
  readonly kubeBin?: string;
}

/** Real hosts on this machine, with a cluster on them. */
export class Lab {
  readonly #lab: LabIdentity;
  readonly #audience: Audience;

  constructor(options: { name?: string; audience?: Audience } = {}) {
    this.#lab = labIdentity(options.name);
    this.#audience = options.audience ?? "nobody";
  }

  /** Brings the lab up: builds what is missing, or does next to nothing when it is up already. */
  async up(options: UpOptions = {}): Promise<void> {
    this.#mustRunHere();
    await exclusively(this.#lab, async () => {
      const before = readState(this.#lab);
      const wanted = options.scenario ?? before?.scenario ?? "default";
      const kubeBin = options.kubeBin ?? (options.scenario === undefined ? before?.kubeBin : undefined);
      const { text } = scenarioText(wanted);
      if (before?.text === text && before.kubeBin === kubeBin && this.#stands()) {
        await this.#bootMissing();
        return;
      }
      await this.#bringUp(wanted, kubeBin);
    });
  }

  /** Goes back to a snapshot; without a name, to the scenario as it is described. */
  async restore(name: string = freshSnapshot): Promise<void> {
    this.#mustRunHere();
    await exclusively(this.#lab, async () => {
      const { state, scenario } = currentScenario(this.#lab);
      if (!isMounted(this.#lab)) throw new LabError("The lab is not up; `npm run lab -- up` brings it up.");
      await this.#restore(state, scenario, name);
    });
  }

  /** Keeps the hosts as they are under a name; they are shut down and booted again for it. */
  async snapshot(name: string): Promise<void> {
    await exclusively(this.#lab, async () => {
      const { state, scenario } = currentScenario(this.#lab);
      if (name === freshSnapshot) throw new LabError(`${freshSnapshot} is the scenario's own snapshot.`);
      const names = Object.keys(scenario.hosts);
      const on = names.filter((host) => isRunning(this.#lab, host));
      await Promise.all(on.map((host) => stopHost(this.#lab, host, true)));
      const key = snapshotMeta(this.#lab, state.snapshots, freshSnapshot)?.key ?? "";
      await takeSnapshot(this.#lab, state.snapshots, name, names, { key, on });
      await this.#bootAndWait(scenario, on);
      await emptyDiscarded(this.#lab);
    });
  }

  /** Ends everything that runs, is mounted or was made in the kernel; what was built stays. */
  async down(): Promise<void> {
    this.#mustRunHere();
    await exclusively(this.#lab, async () => {
      removeState(this.#lab);
      await this.#clear();
      if (isMounted(this.#lab)) {
        discardTree(this.#lab, join(this.#lab.mountPoint, "hosts"));
        await emptyDiscarded(this.#lab);
      }
      await unmountDisk(this.#lab);
    });
  }

  /** Runs a shell command on `[USER@]HOST` (root by default), whatever its exit code. */
  async ssh(host: string, command: string, options: CommandOptions = {}): Promise<CommandResult> {
    return sshResult(this.#lab, currentScenario(this.#lab).scenario, host, command, options);
  }

  /** Runs a command where the operator sits, whatever its exit code. */
  async exec(command: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return run([...this.execLine(), ...command], options);
  }

  /** The beginning of a command line that runs what follows where the operator sits. */
  execLine(): string[] {
    currentScenario(this.#lab);
    return inOperatorNamespace(this.#lab);
  }

  /** The command line that logs in to `[USER@]HOST`. */
  sshLine(host: string): string[] {
    return sshCommand(this.#lab, currentScenario(this.#lab).scenario, host);
  }

  /** Pulls a host's power cable, or shuts it down when `graceful`. */
  async powerOff(host: string, options: { graceful?: boolean } = {}): Promise<void> {
    this.#address(host);
    await stopHost(this.#lab, host, options.graceful);
  }

  /** Switches a host on and waits until one can log in. */
  async powerOn(host: string): Promise<void> {
    this.#address(host);
    const { scenario } = currentScenario(this.#lab);
    if (!isRunning(this.#lab, host)) await startHost(this.#lab, scenario, host);
    await waitForLogin(this.#lab, scenario, host);
  }

  /** Pulls a host's network cable. */
  async cut(host: string): Promise<void> {
    await setLink(this.#lab, this.#runningAddress(host), "down");
  }

  /** Plugs it in again. */
  async heal(host: string): Promise<void> {
    await setLink(this.#lab, this.#runningAddress(host), "up");
  }

  /** The path of the scenario's inventory. */
  inventoryPath(): string {
    return this.files().inventory;
  }

  /** The operator's files: key, known hosts, sudo's password for the user `ops`, inventory. */
  files(): OperatorFiles {
    currentScenario(this.#lab);
    return operatorFiles(this.#lab.runFolder);
  }

  /** Whether the lab is up, and which hosts are on. */
  status(): {
    up: boolean;
    scenario?: string;
    hosts: { name: string; address: string; on: boolean }[];
    snapshots: string[];
  } {
    const state = readState(this.#lab);
    if (!state || !this.#stands()) return { up: false, hosts: [], snapshots: [] };
    const { scenario } = currentScenario(this.#lab);
    const hosts = Object.entries(scenario.hosts).map(([name, { address }]) => ({
      name,
      address,
      on: isRunning(this.#lab, name),
    }));
    return {
      up: true,
      scenario: state.scenario,
      hosts,
      snapshots: snapshotNames(this.#lab, state.snapshots),
    };
  }

  #mustRunHere(): void {
    const reason = canRun();
    if (reason !== undefined) throw new LabError(reason);
  }

  #stands(): boolean {
    return isMounted(this.#lab) && operatorNetworkExists(this.#lab);
  }

  #address(host: string): string {
    const { scenario } = currentScenario(this.#lab);
    const address = scenario.hosts[host]?.address;
    if (address !== undefined) return address;
    throw new LabError(
      `There is no host ${host}. The scenario has: ${Object.keys(scenario.hosts).join(", ")}.`,
    );
  }

  #runningAddress(host: string): string {
    const address = this.#address(host);
    if (!isRunning(this.#lab, host)) throw new LabError(`${host} is switched off.`);
    return address;
  }

  async #bootMissing(): Promise<void> {
    const { scenario } = currentScenario(this.#lab);
    const missing = Object.entries(scenario.hosts).filter(
      ([name, host]) => host.boot && !isRunning(this.#lab, name),
    );
    if (missing.length > 0)
      await this.#bootAndWait(
        scenario,
        missing.map(([name]) => name),
      );
  }

  async #bootAndWait(scenario: Scenario, names: readonly string[]): Promise<void> {
    const since = new Date();
    await Promise.all(names.map((name) => startHost(this.#lab, scenario, name)));
    await Promise.all(names.map((name) => waitForLogin(this.#lab, scenario, name)));
    await waitForCluster(this.#lab, scenario, since);
  }

  /** Ends what runs, also what a killed command left; the disk stays mounted. */
  async #clear(): Promise<void> {
    const folder = join(this.#lab.runFolder, "hosts");
    const names = existsSync(folder) ? readdirSync(folder) : [];
    await Promise.all(names.map((name) => stopHost(this.#lab, name)));
    await removeCgroups(this.#lab);
    await removeOperatorNetwork(this.#lab);
    rmSync(folder, { recursive: true, force: true });
  }

  async #bringUp(wanted: string, kubeBin: string | undefined): Promise<void> {
    const lab = this.#lab;
    const { id, text, scenario } = scenarioText(wanted);
    const apt = privateApt(lab.buildFolder);
    let programs: Programs | undefined;
    let standIns = "";
    let state: LabState | undefined;
    await runSteps(
      [
        {
          title: "Clear away what is left of a former run",
          run: async () => {
            removeState(lab);
            await this.#clear();
            await installTools();
            await writeOperatorFiles(lab, scenario);
          },
        },
        {
          title: "Build",
          parallel: [
            {
              title: kubeBin === undefined ? "Kubernetes from Debian's source" : "Kubernetes' programs",
              run: async () => {
                programs =
                  kubeBin === undefined
                    ? await buildPrograms(lab.buildFolder, apt)
                    : await givenPrograms(lab.buildFolder, apt, kubeBin);
                standIns = await buildStandIns(lab.buildFolder);
              },
            },
            {
              title: "Debian for the hosts, and etcd",
              run: async () => {
                await makeRootTree(lab.buildFolder, apt);
                await makeEtcd(lab.buildFolder, apt);
              },
            },
          ],
        },
        {
          title: `The scenario ${id}`,
          run: async (say) => {
            if (!programs) throw new Error("the programs were not built");
            await mountDisk(lab);
            discardTree(lab, join(lab.mountPoint, "hosts"));
            say("the base of all hosts");
            const base = await makeBase(lab, apt, programs, standIns);
            await makeOperatorNetwork(lab, scenario);
            const family = `${id}@${base.version}`;
            const key = freshKey(base, text);
            if (snapshotMeta(lab, family, freshSnapshot)?.key !== key) {
              discardSnapshots(lab, family);
              await makeFresh(lab, scenario, base, { family, key }, say);
            }
            state = {
              scenario: wanted,
              ...(kubeBin === undefined ? {} : { kubeBin }),
              snapshots: family,
              text,
            };
          },
        },
        {
          title: "Boot",
          run: async () => {
            if (!state) throw new Error("the scenario was not made");
            await this.#restore(state, scenario, freshSnapshot);
          },
        },
      ],
      this.#audience,
    );
  }

  async #restore(state: LabState, scenario: Scenario, name: string): Promise<void> {
    const lab = this.#lab;
    const meta = snapshotMeta(lab, state.snapshots, name);
    if (!meta) {
      const known = snapshotNames(lab, state.snapshots).join(", ");
      throw new LabError(`There is no snapshot ${name}. Known: ${known}.`);
    }
    removeState(lab);
    const since = new Date();
    const names = Object.keys(scenario.hosts);
    await Promise.all(names.map((host) => stopHost(lab, host)));
    discardTree(lab, join(lab.mountPoint, "hosts"));
    if (!operatorNetworkExists(lab)) await makeOperatorNetwork(lab, scenario);
    await Promise.all(
      names.map(async (host) => {
        await restoreHost(lab, state.snapshots, name, host);
        if (!meta.on.includes(host)) return;
        await startHost(lab, scenario, host);
        await waitForLogin(lab, scenario, host);
      }),
    );
    const emptied = emptyDiscarded(lab);
    await waitForCluster(lab, scenario, since);
    await emptied;
    writeState(lab, state);
  }
}
