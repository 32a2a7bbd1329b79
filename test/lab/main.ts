import { spawn } from "node:child_process";
import { Command } from "commander";
import { LabError } from "./errors.js";
import { Lab, canRun } from "./lab.js";

const lab = () => new Lab({ audience: "stderr" });

/** Runs a command line in this one's place: its stdin, stdout, stderr, TTY, signals and exit code. */
async function become(line: readonly string[]): Promise<void> {
  const [file = "", ...args] = line;
  const child = spawn(file, args, { stdio: "inherit" });
  const passOn = (name: NodeJS.Signals) => child.kill(name);
  // A terminal sends ^C to the child by itself; here it only must not end the parent first.
  process.on("SIGINT", () => undefined);
  for (const name of ["SIGTERM", "SIGHUP"] as const) process.on(name, passOn);
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      resolve(code ?? (signal === "SIGKILL" ? 137 : 143));
    });
  });
}

async function statusText(): Promise<string> {
  const { up, scenario, release, hosts, snapshots } = await lab().status();
  if (!up) return "down";
  const on = `Kubernetes ${release?.kubernetes ?? ""}, Debian ${release?.debian ?? ""}`;
  const lines = hosts.map(
    ({ name, address, on: isOn }) => `${name.padEnd(12)}${address.padEnd(16)}${isOn ? "on" : "off"}`,
  );
  return [`up, scenario ${scenario ?? ""}, ${on}`, ...lines, `snapshots: ${snapshots.join(", ")}`].join("\n");
}

const settled = "wait until every pod is Ready, too";

const program = new Command("lab")
  .description("Real hosts on this machine: systemd containers with kubeadm clusters on them.")
  .enablePositionalOptions();

program
  .command("up")
  .description("bring the lab up (the first time it builds everything, which takes minutes)")
  .option("--scenario <name|file>", "which hosts and cluster (default: the running scenario, or `default`)")
  .option("--kubernetes <version>", "such as 1.36.3 (default: what the scenario needs, or the newest)")
  .option("--debian <number>", "the hosts' release of Debian: 12 or 13")
  .option("--settled", settled)
  .action((options: { scenario?: string; kubernetes?: string; debian?: string; settled?: boolean }) =>
    lab().up({ settled: false, ...options }),
  );
program
  .command("restore")
  .argument("[snapshot]")
  .description("go back to a snapshot; without one, to the fresh cluster")
  .option("--settled", settled)
  .action((name: string | undefined, options: { settled?: boolean }) =>
    lab().restore(name, { settled: false, ...options }),
  );
program
  .command("snapshot")
  .argument("<name>")
  .description("keep the hosts as they are (they are rebooted for it)")
  .action((name: string) => lab().snapshot(name));
program
  .command("offer")
  .argument("<version>")
  .description(
    "put another version's programs (below /opt/kubernetes) and images on the hosts, for an upgrade",
  )
  .action((version: string) => lab().offer(version));
program
  .command("down")
  .description("end everything that runs; what was built stays")
  .action(() => lab().down());
program
  .command("status")
  .description("which hosts are on; exit code 3 when the lab is down")
  .action(async () => {
    const text = await statusText();
    console.log(text);
    if (text === "down") process.exitCode = 3;
  });
program
  .command("ssh")
  .arguments("<host> [command...]")
  .description("log in to [USER@]HOST, root by default, or run a command there")
  .passThroughOptions()
  .allowUnknownOption()
  .helpOption(false)
  .action(async (host: string, command: string[]) => {
    const [at, ...line] = lab().sshLine(host);
    const interactive = process.stdin.isTTY && process.stdout.isTTY;
    await become([at ?? "", ...line, ...(interactive ? ["-t"] : []), ...command]);
  });
program
  .command("exec")
  .arguments("<command...>")
  .description("run a command where the operator sits, in the lab's network")
  .passThroughOptions()
  .allowUnknownOption()
  .helpOption(false)
  .action((command: string[]) => become([...lab().execLine(), ...command]));
program
  .command("power-off")
  .argument("<host>")
  .option("--graceful", "shut it down instead of pulling the cable")
  .description("pull a host's power cable")
  .action((host: string, options: { graceful?: boolean }) => lab().powerOff(host, options));
program
  .command("power-on")
  .argument("<host>")
  .description("switch a host on")
  .action((host: string) => lab().powerOn(host));
program
  .command("cut")
  .argument("<host>")
  .description("pull a host's network cable")
  .action((host: string) => lab().cut(host));
program
  .command("heal")
  .argument("<host>")
  .description("plug a host's network cable in again")
  .action((host: string) => lab().heal(host));
program
  .command("inventory")
  .description("print the path of the scenario's inventory")
  .action(() => {
    console.log(lab().inventoryPath());
  });

try {
  const reason = canRun();
  const onlyHelp = process.argv.slice(2).some((word) => word === "--help" || word === "-h");
  if (reason !== undefined && !onlyHelp) throw new LabError(reason);
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof LabError ? `lab: ${error.message}` : error);
  process.exitCode = 1;
}
