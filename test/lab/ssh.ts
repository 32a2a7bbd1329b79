import { type Options, execa } from "execa";
import type { LabIdentity } from "./identity.js";
import { LabError } from "./errors.js";
import { operatorFiles } from "./operator-paths.js";
import type { Scenario } from "./scenario.js";

/** How a command came out. */
export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  /** 255 where no connection came about, as ssh has it; 124 after a timeout. */
  readonly exitCode: number;
}

export interface CommandOptions {
  /** For stdin, which is empty otherwise. */
  readonly input?: string;
  readonly timeoutSeconds?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A command line's beginning that puts what follows where the operator sits. */
export function inOperatorNamespace(lab: LabIdentity): string[] {
  return ["nsenter", `--net=/run/netns/${lab.operatorNamespace}`, "--"];
}

/** The command line that logs in to `[USER@]HOST`, root by default. */
export function sshCommand(lab: LabIdentity, scenario: Scenario, target: string): string[] {
  const [host = "", user = "root"] = target.split("@").reverse();
  const address = scenario.hosts[host]?.address;
  if (address === undefined) {
    throw new LabError(
      `There is no host ${host}. The scenario has: ${Object.keys(scenario.hosts).join(", ")}.`,
    );
  }
  const files = operatorFiles(lab.runFolder);
  const options = [
    "BatchMode=yes",
    `IdentityFile=${files.key}`,
    "IdentitiesOnly=yes",
    `UserKnownHostsFile=${files.knownHosts}`,
    "GlobalKnownHostsFile=/dev/null",
    "StrictHostKeyChecking=yes",
    "ConnectTimeout=3",
    "LogLevel=ERROR",
  ];
  return [
    ...inOperatorNamespace(lab),
    ...["ssh", "-F", "none"],
    ...options.flatMap((option) => ["-o", option]),
    `${user}@${address}`,
  ];
}

/** Runs a command line to its end, whatever its exit code. */
export async function run(line: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [file = "", ...args] = line;
  const settings: Options = {
    reject: false,
    input: options.input ?? "",
    ...(options.env === undefined ? {} : { env: { ...options.env } }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.timeoutSeconds === undefined ? {} : { timeout: options.timeoutSeconds * 1000 }),
  };
  const result = await execa(file, args, settings);
  const exitCode = result.timedOut ? 124 : (result.exitCode ?? 255);
  return { stdout: String(result.stdout), stderr: String(result.stderr), exitCode };
}

/** Runs a shell command on a host, whatever its exit code. */
export async function sshResult(
  lab: LabIdentity,
  scenario: Scenario,
  target: string,
  command: string,
  options: CommandOptions = {},
): Promise<CommandResult> {
  return run([...sshCommand(lab, scenario, target), command], options);
}

/** Runs a shell command on a host and gives its output; anything but success is an error with what it said. */
export async function sshOutput(
  lab: LabIdentity,
  scenario: Scenario,
  target: string,
  command: string,
  options: CommandOptions = {},
): Promise<string> {
  const result = await sshResult(lab, scenario, target, command, options);
  if (result.exitCode !== 0) {
    const said = `${result.stdout}\n${result.stderr}`.trim().split("\n").slice(-30).join("\n");
    throw new LabError(`On ${target}, exit code ${result.exitCode}: ${command}\n${said}`);
  }
  return result.stdout;
}
