import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { useScenario } from "../beginning.js";
import { expectHighlyAvailable, expectMigration, expectNothingToDo, on } from "../cluster.js";
import { itRollsBack } from "../ending.js";
import { stateOf } from "../state.js";

const HOSTS = ["master1", "master2", "master3", "lb1", "lb2", "worker1"];
const docs = readFileSync(join(import.meta.dirname, "../../../docs/security.md"), "utf8");
/** The content of the sudoers file in docs/security.md. */
const SUDOERS = /^ {4}k8s-ha ALL=.*$/m.exec(docs)?.[0].trim() ?? "";

describe("a user with only the documented sudoers file", () => {
  const { lab, start } = useScenario("default", { "ssh.user": "k8s-ha" });

  beforeAll(async () => {
    const script = `useradd -m -s /bin/sh k8s-ha
install -d -m 700 -o k8s-ha -g k8s-ha ~k8s-ha/.ssh
install -m 600 -o k8s-ha -g k8s-ha ~admin/.ssh/authorized_keys ~k8s-ha/.ssh/
echo '${SUDOERS}' >/etc/sudoers.d/k8s-ha
visudo -cf /etc/sudoers.d/k8s-ha`;
    await Promise.all(HOSTS.map((host) => on(lab, host, script)));
    start().state = await stateOf(lab);
  });

  it("may do nothing else", async () => {
    const { exitCode, stderr } = await lab.ssh("k8s-ha@lb1", "sudo -n id");
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(/password is required|not allowed/);
  });

  it("migrates and verifies", async () => {
    await expectMigration(start().program);
    await expectHighlyAvailable(lab, "10.88.0.100");
    await expectNothingToDo(start().program);
  });

  itRollsBack(lab, start);
});
