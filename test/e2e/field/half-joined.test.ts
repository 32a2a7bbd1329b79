import { beforeAll, describe, expect, it } from "vitest";
import { Lab } from "../../lab/lab.js";
import { kubectl, on, uids } from "../cluster.js";
import { Program } from "../k8s-ha.js";
import { stateOf } from "../state.js";

const WRAPPER = "/usr/local/sbin/kubeadm";
/** A kubeadm that joins without what comes after its etcd member, and then fails. */
const CUT_OFF = `#!/bin/sh
[ "$1" = join ] || exec /usr/bin/kubeadm "$@"
/usr/bin/kubeadm "$@" --skip-phases=control-plane-join/update-status,control-plane-join/mark-control-plane
echo cut off half-way >&2; exit 1
`;

/** A master is half joined, and the operator has had enough. */
describe("a rollback from a half-done join", () => {
  const lab = new Lab();
  let program: Program;
  let objects: string;
  let before: Record<string, string>;

  beforeAll(async () => {
    await lab.up({ scenario: "default" });
    await lab.restore("fresh", { settled: true });
    program = await Program.make(lab, { "cluster.certificateReload": "restart" });
    objects = await uids(lab);
    before = await stateOf(lab);
  });

  async function expectToGoBack(): Promise<void> {
    const { stderr, exitCode } = await program.run("rollback", "--yes");
    expect(`${exitCode} ${stderr}`).toMatch(/^0 /);
    expect(await stateOf(lab)).toEqual(before);
    expect(await uids(lab)).toBe(objects);
    expect((await kubectl(lab, "get nodes -o name")).trim()).toBe("node/master1\nnode/worker1");
  }

  it.each([
    ["one of three", "master3"],
    ["one of two", "master2"],
  ])("takes out a member that votes and is no master yet, %s", async (_what, host) => {
    await lab.ssh(`root@${host}`, `cat >${WRAPPER} && chmod 755 ${WRAPPER}`, { input: CUT_OFF });
    const { stderr, exitCode } = await program.run("migrate", "--yes");
    await on(lab, host, `rm ${WRAPPER}`);
    expect(`${exitCode} ${stderr}`).toMatch(new RegExp(`^1 [^]*${host}, step join: [^]*cut off half-way`));
    await expectToGoBack();
  });

  it("waits for a join that goes on without its program, and takes it back", async () => {
    await program.runUntil('"type":"change-started","step":"join"', "migrate", "--yes");
    await expectToGoBack();
  });
});
