import { describe, expect, it } from "vitest";
import { useScenario } from "../beginning.js";
import { on } from "../cluster.js";
import { expectRollback } from "../ending.js";

const WRAPPER = "/usr/local/sbin/kubeadm";
/** A kubeadm that joins without the phases after the etcd member, and then fails. */
const CUT_OFF = `#!/bin/sh
[ "$1" = join ] || exec /usr/bin/kubeadm "$@"
/usr/bin/kubeadm "$@" --skip-phases=control-plane-join/update-status,control-plane-join/mark-control-plane
echo cut off half-way >&2; exit 1
`;

/** A master has joined only in part, and the operator rolls back. */
describe("a rollback from an incomplete join", () => {
  const { lab, start } = useScenario("default", { "cluster.certificateReload": "restart" });

  it.each([
    ["one of three", "master3"],
    ["one of two", "master2"],
  ])("removes an etcd member that votes but is not yet a master, %s", async (_what, host) => {
    await lab.ssh(`root@${host}`, `cat >${WRAPPER} && chmod 755 ${WRAPPER}`, { input: CUT_OFF });
    const { stderr, exitCode } = await start().program.run("migrate", "--yes");
    await on(lab, host, `rm ${WRAPPER}`);
    expect(`${exitCode} ${stderr}`).toMatch(new RegExp(`^1 [^]*${host}, step join: [^]*cut off half-way`));
    await expectRollback(lab, start());
  });

  it("waits for a join that continues after k8s-ha was killed, and undoes it", async () => {
    await start().program.runUntil('"type":"change-started","step":"join"', "migrate", "--yes");
    await expectRollback(lab, start());
  });
});
