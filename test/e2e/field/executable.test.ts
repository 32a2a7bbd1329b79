import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { useScenario } from "../beginning.js";
import { on } from "../cluster.js";

const root = join(import.meta.dirname, "../../..");
const FILE = join(root, "executables/k8s-ha-linux-x64");

describe("the single executable", () => {
  const { lab, start } = useScenario("default");

  it("runs on a host without Node.js", async () => {
    execFileSync("npm", ["run", "--silent", "executable", "x64"], { cwd: root, stdio: "inherit" });
    const [ssh = "", ...words] = lab.sshLine("root@lb1");
    execFileSync(ssh, [...words, "cat >/root/k8s-ha && chmod 755 /root/k8s-ha"], {
      input: readFileSync(FILE),
    });
    await expect(on(lab, "lb1", "command -v node")).rejects.toThrow();
    expect(await on(lab, "lb1", "/root/k8s-ha --help")).toContain("migrate");
    // The built-in playbook is inside.
    expect(await on(lab, "lb1", "/root/k8s-ha steps")).toContain("keepalived");
  });

  it("plans a migration, as the npm package does", async () => {
    const { program } = start();
    const { exitCode, stdout, stderr } = await lab.exec([FILE, "plan", "-i", program.inventory]);
    expect(`${exitCode} ${stderr}`).toMatch(/^0 /);
    const { stdout: other } = await program.run("plan");
    // Times may differ.
    expect(stdout.split("\n").at(-2)).toBe(other.split("\n").at(-2));
  });
});
