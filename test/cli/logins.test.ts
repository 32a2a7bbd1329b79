import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { loggedIn, Logins } from "../../src/cli/logins.js";
import { InvalidFile } from "../../src/config-source/invalid-file.js";

const folder = mkdtempSync(join(tmpdir(), "k8s-ha-logins-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** An inventory whose hosts all use one port of this machine. */
function inventory(port: number, transport = "built-in"): string {
  const file = join(folder, "inventory.yaml");
  const host = (name: string, i: number): string =>
    `{ name: ${name}, address: 192.0.2.${i}, ssh: { address: 127.0.0.1, port: ${port} } }`;
  writeFileSync(join(folder, "known_hosts"), "");
  writeFileSync(
    file,
    `cluster: { endpoint: "192.0.2.9:6443" }
ssh: { transport: ${transport}, knownHostsFiles: [${folder}/known_hosts] }
controlPlane: [${["m1", "m2", "m3"].map((name, i) => host(name, i + 1)).join(", ")}]
loadBalancers: [${host("lb1", 4)}, ${host("lb2", 5)}]
`,
  );
  return file;
}

describe("Logins", () => {
  it("are cancelled when they are no longer needed, even if hosts do not respond", async () => {
    const silent = createServer().listen(0);
    await once(silent, "listening");
    const logins = new Logins(inventory((silent.address() as AddressInfo).port));
    expect((await logins.inventory).controlPlane).toHaveLength(3);
    await logins.close();
    await expect(logins.fleet()).rejects.toThrow("cancelled");
    silent.close();
  });

  it("use the system's ssh if set in the inventory", async () => {
    vi.stubEnv("PATH", "/nonexistent");
    const logins = new Logins(inventory(1, "openssh"));
    await expect(logins.fleet()).rejects.toThrow("ssh is not installed on this machine");
    vi.unstubAllEnvs();
  });

  it("that are not awaited fail silently: the work's error is reported", async () => {
    const work = (): Promise<never> => Promise.reject(new Error("the playbook is wrong"));
    await expect(loggedIn(join(folder, "none.yaml"), [], work)).rejects.toThrow("the playbook is wrong");
    await expect(loggedIn(join(folder, "none.yaml"), [], (logins) => logins.fleet())).rejects.toThrow(
      InvalidFile,
    );
  });
});
