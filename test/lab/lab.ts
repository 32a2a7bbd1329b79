import { join } from "node:path";
import { discardTree, emptyDiscarded, isMounted, unmountDisk } from "./disk.js";
import { LabError } from "./errors.js";
import { isRunning, startHost, stopHost, waitForLogin } from "./hosts.js";
import { labIdentity, type LabIdentity } from "./identity.js";
import { exclusively } from "./lock.js";
import { canRun } from "./machine.js";
import { operatorNetworkExists, setLink } from "./network.js";
import { operatorFiles, type OperatorFiles } from "./operator-paths.js";
import type { bringUp as BringUpFunction } from "./bring-up.js";
import type { Audience } from "./progress.js";
import {
  type CommandOptions,
  type CommandResult,
  inOperatorNamespace,
  run,
  sshCommand,
  sshResult,
} from "./ssh.js";
import type { Scenario } from "./scenario.js";
import { currentScenario, type LabState, readState, writeState } from "./state.js";
import type { Release } from "./versions.js";

export { canRun } from "./machine.js";
export type { CommandOptions, CommandResult } from "./ssh.js";

type BringUp = typeof BringUpFunction;

// What is long to load is loaded where it is needed, as `ssh` and `exec` shall start at once.
const operating = () => import("./operating.js");

/** How long `up` and `restore` wait: until the API and the nodes are ready. */
export interface ReadyOptions {
  /** And until every pod is Ready; so by default. */
  readonly settled?: boolean;
}

/** What `up` brings up. */
export interface UpOptions extends ReadyOptions {
  /** A name or the path of a YAML file; what runs already, or `default`, when left out. */
  readonly scenario?: string;
  /** A version such as `1.36.3`; see `modules/`. By default K8S_HA_LAB_KUBERNETES, what the scenario needs, or the newest. */
  readonly kubernetes?: string;
  /** A release of Debian for the hosts: `12` or `13`. */
  readonly debian?: string;
}

/** What `status` tells. */
export interface LabStatus {
  readonly up: boolean;
  readonly scenario?: string;
  readonly release?: Release;
  readonly hosts: readonly { name: string; address: string; on: boolean }[];
  readonly snapshots: readonly string[];
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
    await this.#change(async () => {
      const before = readState(this.#lab);
      if (before && this.#stands() && (await this.#isWhat(options))) {
        const { bootHosts } = await operating();
        const missing = Object.entries(currentScenario(this.#lab).scenario.hosts).filter(
          ([name, host]) => host.boot && !isRunning(this.#lab, name),
        );
        if (missing.length > 0) {
          this.#touch();
          const names = missing.map(([name]) => name);
          await bootHosts(this.#lab, names, options);
        }
        return;
      }
      const { bringUp } = await import("./bring-up.js");
      await this.#bringUp(bringUp, options, before);
    });
  }

  /** Brings a scenario up as it was made; nothing is done where it was brought up so, and nobody reached a host since. */
  async fresh(options: UpOptions = {}): Promise<void> {
    await this.up(options);
    if (this.#mustBeUp().state.untouchedSince === undefined) await this.restore("fresh", options);
    else await (await operating()).settle(this.#lab, options);
  }

  /** Goes back to a snapshot; without a name, to the scenario as it is described. */
  async restore(name = "fresh", options: ReadyOptions = {}): Promise<void> {
    await this.#change(async () => {
      const { state, scenario } = this.#touch();
      const { restoreSnapshot } = await operating();
      await restoreSnapshot(this.#lab, state, scenario, name, options);
    });
  }

  /** Keeps the hosts as they are under a name; they are shut down and booted again for it. */
  async snapshot(name: string): Promise<void> {
    await this.#change(async () => {
      this.#touch();
      const { snapshotHosts } = await operating();
      await snapshotHosts(this.#lab, name);
    });
  }

  /** Puts what an upgrade to another version needs on the hosts: programs in `/opt/kubernetes/VERSION`, and images. */
  async offer(kubernetes: string): Promise<void> {
    await this.#change(async () => {
      const { state, scenario } = this.#touch();
      const [{ offer }, { release }] = await Promise.all([import("./offer.js"), import("./versions.js")]);
      await offer(this.#lab, scenario, release({ kubernetes, debian: state.release.debian }, {}));
    });
  }

  /** Ends everything that runs, is mounted or was made in the kernel; what was built stays. */
  async down(): Promise<void> {
    await this.#change(async () => {
      const { clearAway } = await operating();
      await clearAway(this.#lab);
      if (isMounted(this.#lab)) {
        discardTree(this.#lab, join(this.#lab.mountPoint, "hosts"));
        await emptyDiscarded(this.#lab);
      }
      await unmountDisk(this.#lab);
    });
  }

  /** Runs a shell command on `[USER@]HOST` (root by default), whatever its exit code. */
  async ssh(host: string, command: string, options: CommandOptions = {}): Promise<CommandResult> {
    return sshResult(this.#lab, this.#touch().scenario, host, command, options);
  }

  /** Runs a command where the operator sits, whatever its exit code. */
  async exec(command: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return run([...this.execLine(), ...command], options);
  }

  /** The beginning of a command line that runs what follows where the operator sits. */
  execLine(): string[] {
    this.#touch();
    return inOperatorNamespace(this.#lab);
  }

  /** The command line that logs in to `[USER@]HOST`. */
  sshLine(host: string): string[] {
    return sshCommand(this.#lab, this.#touch().scenario, host);
  }

  /** Pulls a host's power cable, or shuts it down when `graceful`. */
  async powerOff(host: string, options: { graceful?: boolean } = {}): Promise<void> {
    this.#address(host);
    await stopHost(this.#lab, host, options.graceful);
  }

  /** Switches a host on and waits until one can log in. */
  async powerOn(host: string): Promise<void> {
    this.#address(host);
    const { scenario } = this.#touch();
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
  async status(): Promise<LabStatus> {
    const state = readState(this.#lab);
    if (!state || !this.#stands()) return { up: false, hosts: [], snapshots: [] };
    const { snapshotNames } = await import("./snapshots.js");
    const hosts = Object.entries(currentScenario(this.#lab).scenario.hosts).map(([name, { address }]) => ({
      name,
      address,
      on: isRunning(this.#lab, name),
    }));
    return {
      up: true,
      scenario: state.scenario,
      release: state.release,
      hosts,
      snapshots: snapshotNames(this.#lab, state.snapshots),
    };
  }

  async #change(what: () => Promise<void>): Promise<void> {
    const reason = canRun();
    if (reason !== undefined) throw new LabError(reason);
    await exclusively(this.#lab, what);
  }

  #mustBeUp(): { state: LabState; scenario: Scenario } {
    const current = currentScenario(this.#lab);
    if (this.#stands()) return current;
    throw new LabError(
      "The lab was up, and the machine rebooted since; `npm run lab -- up` brings it up again.",
    );
  }

  /** Before a host is reached, or made to be or not to be. */
  #touch(): { state: LabState; scenario: Scenario } {
    const { state, scenario } = this.#mustBeUp();
    const { untouchedSince, ...touched } = state;
    if (untouchedSince !== undefined) writeState(this.#lab, touched);
    return { state: touched, scenario };
  }

  #stands(): boolean {
    return isMounted(this.#lab) && operatorNetworkExists(this.#lab);
  }

  async #bringUp(bringUp: BringUp, options: UpOptions, before: LabState | undefined): Promise<void> {
    const scenario = options.scenario ?? before?.scenario ?? "default";
    const wanted = { scenario, release: await this.#release(scenario, options) };
    await bringUp(this.#lab, wanted, options, this.#audience);
  }

  async #release(scenario: string, asked: UpOptions): Promise<Release> {
    const [{ loadScenario }, { release }] = await Promise.all([
      import("./scenario.js"),
      import("./versions.js"),
    ]);
    const own = loadScenario(scenario).scenario;
    // A scenario that needs one version is not tried on another.
    const kubernetes =
      asked.kubernetes ?? (own.kubernetes === undefined ? process.env["K8S_HA_LAB_KUBERNETES"] : undefined);
    return release({ ...asked, kubernetes }, own);
  }

  /** Whether what runs is what is asked for; nothing asked for is content with what runs. */
  async #isWhat(options: UpOptions): Promise<boolean> {
    const state = readState(this.#lab);
    const { scenario, kubernetes, debian } = options;
    if (state === undefined) return false;
    if ([scenario, kubernetes, debian].every((each) => each === undefined)) return true;
    const wanted = scenario ?? state.scenario;
    const { loadScenario } = await import("./scenario.js");
    const release = await this.#release(wanted, options);
    return (
      state.text === JSON.stringify(loadScenario(wanted).scenario) &&
      release.kubernetes === state.release.kubernetes &&
      release.debian === state.release.debian
    );
  }

  #address(host: string): string {
    const { scenario } = this.#touch();
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
}
