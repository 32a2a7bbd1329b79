import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { beforeAll, describe, expect, it } from "vitest";
import { Lab } from "../../lab/lab.js";
import { beginAt, type Beginning } from "../beginning.js";
import { useSshConfig } from "../../transport/ssh-config.js";
import { expectHighlyAvailable, expectMigration, on, uids } from "../cluster.js";
import { itPassesFinalChecks } from "../ending.js";

const VIP = "10.88.0.100";

describe("a migration through the system's ssh, with the settings of ~/.ssh/config", () => {
  const lab = new Lab();
  const config = useSshConfig();
  let start: Beginning;

  beforeAll(async () => {
    await lab.up({ scenario: "default" });
    const { key, knownHosts, sudoPassword } = lab.files();
    // The inventory names no key and no known_hosts: ssh provides them.
    start = await beginAt(lab, "default", {
      ssh: { transport: "openssh", sudoPasswordFile: sudoPassword },
      "controlPlane.0.ssh": { address: "m1" },
      "controlPlane.1.ssh": { user: "ops" },
    });
    const hashed = join(start.program.folder, "known_hosts");
    copyFileSync(knownHosts, hashed);
    await execa("ssh-keygen", ["-q", "-H", "-f", hashed]);
    config.write(
      "Host m1",
      "  HostName 10.88.0.11",
      "Host jump",
      "  HostName 10.88.0.31",
      // All except the first master and the bastion itself.
      "Host 10.88.0.12 10.88.0.13 10.88.0.21 10.88.0.32",
      "  ProxyJump jump",
      "Host *",
      "  User admin",
      `  IdentityFile ${key}`,
      "  IdentitiesOnly yes",
      `  UserKnownHostsFile ${hashed}`,
      "  GlobalKnownHostsFile /dev/null",
    );
  });

  it("results in three masters behind the VIP, with no object lost", async () => {
    const started = await on(lab, "lb1", "date +%s");
    await expectMigration(start.program);
    await expectHighlyAvailable(lab, VIP);
    expect(await uids(lab)).toBe(start.objects);
    // Each login used its configured method: by alias, through the bastion, by sudo with a password.
    // OpenSSH logs as sshd-session from 9.8 on.
    const logins = (host: string) =>
      on(lab, host, `journalctl -q -o cat -t sshd -t sshd-session --since @${started.trim()}`);
    expect(await logins("master1")).toContain("Accepted publickey for admin from 10.88.0.1 ");
    expect(await logins("master2")).toContain("Accepted publickey for ops from 10.88.0.31 ");
    expect(await logins("worker1")).toContain("Accepted publickey for admin from 10.88.0.31 ");
  });

  itPassesFinalChecks(lab, `${VIP}:6443`, () => start);
});
