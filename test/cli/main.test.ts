import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, it } from "vitest";
import { stepsInOrder } from "../../src/cli/session.js";
import { Journal } from "../../src/engine/journal.js";
import { originOf } from "../../src/engine/origin.js";
import { loadInventory } from "../../src/inventory/load.js";
import { quote } from "../../src/shell/shell.js";
import { allSteps } from "../../src/steps/all.js";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "k8s-ha-cli-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Ended {
  code: number;
  out: string;
  err: string;
}

/** An installed k8s-ha: the bundle, and the files that it reads. */
const installed = join(folder, "installed");
beforeAll(() => {
  execFileSync(process.execPath, ["esbuild.config.js", join(installed, "dist")], { cwd: root });
  for (const file of ["package.json", "playbooks"]) symlinkSync(join(root, file), join(installed, file));
});

/** The arguments of node: the program, with these words. */
const words = (...args: string[]): string[] => [join(installed, "dist/cli/main.js"), ...args];

/** Runs the program as a user does, in its own folder. */
function k8sHa(...args: string[]): Promise<Ended> {
  const env = { PATH: process.env["PATH"] ?? "", HOME: folder, XDG_STATE_HOME: join(folder, "state") };
  return new Promise((resolve) => {
    execFile(process.execPath, words(...args), { cwd: folder, env }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

describe.concurrent("k8s-ha", { timeout: 60_000 }, () => {
  it("--help lists the commands", async ({ expect }) => {
    const { code, out, err } = await k8sHa("--help");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    for (const name of ["migrate", "plan", "verify", "status", "steps"])
      expect(out).toMatch(new RegExp(`^ +${name}\\b`, "m"));
  });

  it("--version prints the package version", async ({ expect }) => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    expect(await k8sHa("--version")).toEqual({ code: 0, out: `${version}\n`, err: "" });
  });

  it("ignores a reader that closes early", async ({ expect }) => {
    const child = spawn(process.execPath, words("steps"), { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.destroy();
    const said: Buffer[] = [];
    child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
    const [code] = (await once(child, "close")) as [number];
    expect({ code, err: Buffer.concat(said).toString() }).toEqual({ code: 0, err: "" });
  });

  it("reports incomplete output", async ({ expect }) => {
    const full = openSync("/dev/full", "w");
    const child = spawn(process.execPath, words("steps"), { stdio: ["ignore", full, "pipe"] });
    closeSync(full);
    const said: Buffer[] = [];
    child.stderr?.on("data", (chunk: Buffer) => said.push(chunk));
    const [code] = (await once(child, "close")) as [number];
    expect(code).toBe(1);
    expect(Buffer.concat(said).toString()).toMatch(/^k8s-ha: the output is incomplete: ENOSPC/);
  });

  it.for([
    [["migrate", "-i", "a.yaml", "--dryrun"], /unknown option '--dryrun'/],
    [["migrate"], /required option '-i, --inventory <file>' not specified/],
    [["migrat"], /unknown command 'migrat'.*\n.*Did you mean migrate\?/],
    [["plan", "-i", "a.yaml", "--yes"], /unknown option '--yes'/],
    [["steps", "haproxy", "more"], /too many arguments/],
    [["init"], /required option '--from <login>' not specified/],
    [["inventory", "convert"], /missing required argument 'file'/],
    [["migrate", "--plan", "p.json", "--from", "haproxy"], /'--plan <file>' cannot be used with.*'--from/],
  ] as const)("%j is a usage error: exit code 2", async ([args, message], { expect }) => {
    const { code, out, err } = await k8sHa(...args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(message);
    expect(err).toContain("run with --help");
  });

  it.for([["migrate"], ["plan"], ["verify"], ["status"], ["migrate", "--json"]])(
    "%j with a missing inventory: exit code 7, before anything else",
    async (args, { expect }) => {
      const { code, out, err } = await k8sHa(...args, "-i", "none.yaml");
      expect({ code, out }).toEqual({ code: 7, out: "" });
      expect(err).toMatch(/^k8s-ha: none\.yaml: /);
      expect(err).not.toContain("    at ");
    },
  );

  it("schema prints the JSON Schema of the inventory", async ({ expect }) => {
    const { code, out } = await k8sHa("schema");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ type: "object", required: ["cluster", "controlPlane"] });
  });

  it("init overwrites no file, and refuses before any login", async ({ expect }) => {
    writeFileSync(join(folder, "mine.yaml"), "mine\n");
    const { code, err } = await k8sHa("init", "--from", "nobody@192.0.2.1", "--output", "mine.yaml");
    expect({ code, err }).toEqual({
      code: 2,
      err: "k8s-ha: mine.yaml exists, and is not overwritten\n  hint: choose another file with --output, or move this one away\n",
    });
    expect(readFileSync(join(folder, "mine.yaml"), "utf8")).toBe("mine\n");
  });

  it("inventory convert writes an inventory that is valid, or says why there is none", async ({ expect }) => {
    writeFileSync(join(folder, "hosts.ini"), "[masters]\nm1 ansible_host=192.168.1.11\n");
    const none = await k8sHa("inventory", "convert", "hosts.ini");
    expect(none).toMatchObject({ code: 2, out: "" });
    expect(none.err).toContain("pass --vip ADDRESS");
    const options = ["--vip", "192.168.1.100", "--join", "m2=192.168.1.12"];
    const two = await k8sHa("inventory", "convert", "hosts.ini", ...options);
    expect(two.err).toContain("two masters tolerate no failure");
    const three = await k8sHa(
      "inventory",
      "convert",
      "hosts.ini",
      ...options,
      "m3=192.168.1.13",
      "-o",
      "new.yaml",
    );
    expect(three).toEqual({ code: 0, out: "", err: "written: new.yaml\nnext: k8s-ha plan -i new.yaml\n" });
    expect(readFileSync(join(folder, "new.yaml"), "utf8")).toContain("endpoint: 192.168.1.100:8443");
  });

  it("with an invalid inventory: exit code 7, line and column", async ({ expect }) => {
    writeFileSync(join(folder, "wrong.yaml"), "cluster:\n  endpoint: nowhere\n");
    const { code, err } = await k8sHa("plan", "-i", "wrong.yaml");
    expect(code).toBe(7);
    expect(err).toMatch(/^k8s-ha: wrong\.yaml:\d+:\d+: /m);
  });

  it("with an unknown step or host: exit code 2, before anything else, with the known ones", async ({
    expect,
  }) => {
    const inventory = join(root, "inventory.example.yaml");
    for (const [option, known] of [
      ["--from", "preflight"],
      ["--until", "preflight"],
      ["--limit", "master-1"],
    ] as const) {
      const { code, err } = await k8sHa("plan", "-i", inventory, option, "nothing");
      expect({ option, code }).toEqual({ option, code: 2 });
      expect(err).toContain(known);
    }
  });

  it("--skip-host of a master, or of no host: exit code 2, before any login, with what to do", async ({
    expect,
  }) => {
    const inventory = join(root, "inventory.example.yaml");
    for (const [command, name, what] of [
      ["plan", "nothing", "hint: hosts that can be skipped: "],
      ["plan", "worker1", "hint: did you mean worker-1? hosts that can be skipped: "],
      ["migrate", "master-2", "Replacing a lost machine"],
      ["verify", "master-2", "is a master"],
      ["rollback", "master-2", "kubectl delete node master-2"],
    ] as const) {
      const { code, err } = await k8sHa(command, "-i", inventory, "--skip-host", name);
      expect({ command, code }).toEqual({ command, code: 2 });
      expect(err).toContain(`--skip-host ${name}: `);
      expect(err).toContain(what);
    }
  });

  it("status needs no machine if there is a journal, and names what does not answer", async ({ expect }) => {
    const written = {
      cluster: { endpoint: "10.88.0.100:6443" },
      ssh: { user: "nobody", port: 9, knownHostsFiles: ["none"] },
    };
    const machine = (name: string, n: number) => ({
      name,
      address: `10.88.0.${n}`,
      ssh: { address: "127.0.0.1" },
    });
    const [controlPlane, loadBalancers] = [
      [machine("m1", 1), machine("m2", 2), machine("m4", 4)],
      [machine("l1", 3)],
    ];
    writeFileSync(join(folder, "own.yaml"), JSON.stringify({ ...written, controlPlane, loadBalancers }));
    const without = await k8sHa("status", "-i", "own.yaml");
    expect(without.code).toBe(1);
    expect(without.err).toMatch(/^k8s-ha: m1: .*\n(.*\n)*k8s-ha: m2: /);

    const { inventory } = await loadInventory(join(folder, "own.yaml"));
    const steps = await stepsInOrder();
    const journal = new Journal(join(folder, "state/k8s-ha/0f"), "20260131-221530");
    journal.listen({
      type: "run-started",
      mode: "migrate",
      by: "anna@laptop",
      runId: "20260131-221530",
      origin: originOf("0.0.1", inventory, { name: "p", steps: [] }),
      cluster: { ca: "0f", uid: undefined },
      scope: { limit: [] },
      steps: steps.map(({ step }) => step),
    });
    journal.close();
    const { code, out } = await k8sHa("status", "-i", "own.yaml");
    expect(code).toBe(0);
    expect(out).toMatch(
      /^last run: 20260131-221530, migrate, started .* by anna@laptop \(k8s-ha 0\.0\.1\)$/m,
    );
    expect(out).toMatch(/^lock: unknown/m);
    expect(out).toMatch(/^no answer from m2: /m);
    expect(out).toContain("k8s-ha migrate -i own.yaml --resume --accept-changes");
    const { code: detailed, out: json } = await k8sHa(
      "status",
      "-i",
      "own.yaml",
      "--json",
      "--detailed-exitcode",
    );
    expect(detailed).toBe(3);
    expect(JSON.parse(json)).toMatchObject({ schemaVersion: 1, running: null, lock: { state: "unknown" } });
  });

  it("--step without a terminal is refused before anything else", async ({ expect }) => {
    const { code, err } = await k8sHa("migrate", "-i", "none.yaml", "--step");
    expect(code).toBe(1);
    expect(err).toContain("--step asks before each step, and there is no terminal");
  });

  it("with an invalid plan: exit code 7", async ({ expect }) => {
    writeFileSync(join(folder, "plan.json"), "{}\n");
    const { code, err } = await k8sHa("migrate", "--plan", "plan.json", "--yes");
    expect(code).toBe(7);
    expect(err).toContain("k8s-ha plan -i FILE --out PLAN");
  });

  it("with a playbook of unknown steps: exit code 7", async ({ expect }) => {
    writeFileSync(join(folder, "playbook.yaml"), "name: mine\nsteps:\n  - step: haproxi\n");
    const { code, err } = await k8sHa("steps", "--playbook", "playbook.yaml");
    expect(code).toBe(7);
    expect(err).toMatch(
      /playbook\.yaml:3:\d+: .*unknown step haproxi; did you mean haproxy\? the steps are /,
    );
  });

  it("shows one step with its commands by hand, for an inventory", async ({ expect }) => {
    const { code, out } = await k8sHa("steps", "join", "-i", join(root, "inventory.example.yaml"));
    expect(code).toBe(0);
    expect(out).toMatch(/^join\n {2}Join new control-plane nodes/);
    expect(out).toMatch(/^# on master-2, master-3\nENDPOINT=/m);
    expect(out).toContain("kubeadm join $ENDPOINT --token TOKEN");
    const unknown = await k8sHa("steps", "joim");
    expect({ code: unknown.code, out: unknown.out }).toEqual({ code: 2, out: "" });
    expect(unknown.err).toContain("there is no step joim");
  });

  it("completes a step in bash", async ({ expect }) => {
    const bin = join(folder, "bin");
    mkdirSync(bin);
    symlinkSync(join(installed, "dist/cli/main.js"), join(bin, "k8s-ha"));
    const env = { PATH: `${bin}:${process.env["PATH"] ?? ""}`, HOME: folder };
    const script = `. <(k8s-ha completion bash); COMP_LINE="k8s-ha plan --until=ha"; COMP_POINT=\${#COMP_LINE}
      _k8s_ha; echo "\${COMPREPLY[@]}"`;
    const { stdout } = await promisify(execFile)("bash", ["--norc", "-c", script], { env });
    expect(stdout).toBe("haproxy\n");
  });

  it("lists all steps with their purpose, without color in a pipe", async ({ expect }) => {
    const { code, out } = await k8sHa("steps");
    expect(code).toBe(0);
    const listed = out.split("\n").filter((line) => /^\S/.test(line));
    expect(listed.toSorted()).toEqual(allSteps.map(({ id }) => id).toSorted());
    expect(out).not.toContain("\u001b");
    expect(listed[0]).toBe("start-member");
  });

  it("prints colors in a terminal, and none with NO_COLOR", async ({ expect }) => {
    const inTerminal = async (env: Record<string, string>): Promise<string> => {
      const line = [process.execPath, ...words("steps")].map(quote).join(" ");
      const own = { PATH: process.env["PATH"] ?? "", HOME: folder, TERM: "xterm-256color" };
      // util-linux' script gives it a terminal.
      const run = promisify(execFile)("script", ["-qec", line, "/dev/null"], { env: { ...own, ...env } });
      return (await run).stdout;
    };
    expect(await inTerminal({})).toContain("\u001b[1mhaproxy\u001b[22m");
    const plain = await inTerminal({ NO_COLOR: "1" });
    expect(plain).toContain("haproxy");
    expect(plain).not.toContain("\u001b");
  });
});
