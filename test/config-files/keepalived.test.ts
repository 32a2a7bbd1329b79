import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CHECK_SCRIPT_PATH, keepalivedConfig } from "../../src/config-files/keepalived.js";
import { Secret } from "../../src/shell/secret.js";
import { binary } from "./binary.js";

const options = {
  vip: "192.168.1.100",
  interface: "eth0",
  virtualRouterId: 51,
  priority: 150,
  penalty: 20,
  password: new Secret("aB3dE6gH"),
};
const written = keepalivedConfig(options).secretText().reveal();

describe("keepalived.conf", () => {
  it("is shown without the password and written with it", () => {
    expect(keepalivedConfig(options).shown()).toContain("auth_pass [secret]\n");
    expect(keepalivedConfig(options).shown()).not.toContain("aB3dE6gH");
    expect(written).toContain("auth_pass aB3dE6gH\n");
  });

  it("fails over by weight, and so keeps the VIP where the check fails everywhere", () => {
    for (const line of ["state BACKUP", "weight -20", "192.168.1.100/32 dev eth0", "priority 150"]) {
      expect(written).toContain(`    ${line}\n`);
    }
    expect(written).not.toMatch(/nopreempt|vrrp_strict/);
  });
});

const keepalived = binary("keepalived");
// keepalived looks at the real interface: it must be there, and not be loopback.
const external = Object.entries(networkInterfaces()).find(([, all]) =>
  all?.some((one) => !one.internal),
)?.[0];

if (external === undefined)
  console.warn("SKIPPED: keepalived -t, since no interface but loopback has an address");

describe.skipIf(keepalived === undefined || external === undefined)("keepalived itself", () => {
  it("accepts it without a word", () => {
    const folder = mkdtempSync(join(tmpdir(), "k8s-ha-keepalived-"));
    const path = join(folder, "keepalived.conf");
    const text = keepalivedConfig({ ...options, interface: external ?? "" });
    // The check script lies only on a load balancer.
    writeFileSync(path, text.secretText().reveal().replace(CHECK_SCRIPT_PATH, "/bin/true"), { mode: 0o600 });
    const result = spawnSync(keepalived ?? "", ["-t", "-f", path], { encoding: "utf8" });
    rmSync(folder, { recursive: true });
    expect(result.stderr).toBe("");
    expect(result.status).toBe(0);
  });
});
