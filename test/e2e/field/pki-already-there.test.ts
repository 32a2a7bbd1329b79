import { beforeAll, describe, expect, it } from "vitest";
import { useScenario } from "../beginning.js";
import { expectHighlyAvailable, expectMigration, on, uids } from "../cluster.js";
import { itPassesFinalChecks } from "../ending.js";
import { stateOf } from "../state.js";

const VIP = "10.88.0.100";
const PKI = "/etc/kubernetes/pki";
const SHARED = ["ca", "front-proxy-ca", "etcd/ca"].flatMap((name) => [`${name}.crt`, `${name}.key`]);

/** The shared certificates were copied by hand as the guides describe: correctly on master2, incorrectly on master3. */
describe("a migration with existing certificates on the new masters", () => {
  const { lab, start } = useScenario("default", { "cluster.pki": "copy" });

  const bring = async (host: string, files: readonly string[]): Promise<void> => {
    const { stdout } = await lab.ssh("root@master1", `tar -C ${PKI} -c ${files.join(" ")} | base64`);
    await lab.ssh(`root@${host}`, `mkdir -p ${PKI} && base64 -d | tar -C ${PKI} -xp`, { input: stdout });
  };

  beforeAll(async () => {
    await bring("master2", [...SHARED, "sa.key", "sa.pub"]);
  });

  it("is refused if they belong to another cluster, before anything is changed", async () => {
    await bring("master3", SHARED);
    const subject = "-subj /CN=kubernetes -days 365";
    await on(
      lab,
      "master3",
      `openssl req -x509 -newkey rsa:2048 -nodes ${subject} -keyout ${PKI}/ca.key -out ${PKI}/ca.crt 2>/dev/null`,
    );
    const { stdout, exitCode } = await start().program.run("migrate", "--yes");
    expect(exitCode).toBe(1);
    expect(stdout).toContain(`master3: ${PKI}/ca.crt differs from the file on master1`);
    expect(stdout).toContain(`master3: ${PKI}/ca.key differs from the file on master1`);
    expect(start().program.journal()).toBe("");
  });

  it("is refused if one is missing on the first master", async () => {
    await on(lab, "master3", `rm ${PKI}/ca.crt ${PKI}/ca.key`);
    await on(lab, "master1", `mv ${PKI}/ca.key /root/ca.key`);
    const { stdout, exitCode } = await start().program.run("migrate", "--yes");
    await on(lab, "master1", `mv /root/ca.key ${PKI}/ca.key`);
    expect(exitCode).toBe(1);
    expect(stdout).toContain(`master1: ${PKI}/ca.key is missing`);
    expect(start().program.journal()).toBe("");
  });

  it("copies the missing files to master3, none to master2, and results in three masters", async () => {
    const planned = await start().program.planned();
    const copies = planned.filter(({ step }) => step === "pki").map(({ change }) => change);
    expect(copies).toMatchObject(
      ["ca.crt", "ca.key", "sa.pub", "sa.key"].map((name) => ({ host: "master3", path: `${PKI}/${name}` })),
    );
    // The rollback must keep the files that are there now.
    start().state = await stateOf(lab);
    await expectMigration(start().program);
    await expectHighlyAvailable(lab, VIP);
    expect(await uids(lab)).toBe(start().objects);
    const names = await on(lab, "master2", `cd ${PKI} && find . -type f | sort | tr '\n' ' '`);
    expect(names).toBe(await on(lab, "master1", `cd ${PKI} && find . -type f | sort | tr '\n' ' '`));
    const sums = `cd ${PKI} && sha256sum ${SHARED.join(" ")} sa.key sa.pub; stat -c '%a %U %n' ${SHARED.join(" ")} sa.key`;
    const first = await on(lab, "master1", sums);
    expect(await on(lab, "master2", sums)).toBe(first);
    expect(await on(lab, "master3", sums)).toBe(first);
  });

  itPassesFinalChecks(lab, `${VIP}:6443`, start);
});
