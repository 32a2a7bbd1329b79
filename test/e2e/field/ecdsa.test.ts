import { describe, expect, it } from "vitest";
import { useScenario } from "../beginning.js";
import { expectHighlyAvailable, expectMigration, expectPodToReachApi, on } from "../cluster.js";
import { itPassesFinalChecks } from "../ending.js";

const VIP = "10.88.0.100";
const PKI = "/etc/kubernetes/pki";
const PATCHES = "/etc/kubernetes/patches";
const MASTERS = ["master1", "master2", "master3"];

/** Settings given to kubeadm only once, at `kubeadm init`, that must apply to every master. */
describe("a migration of a cluster with ECDSA keys, a custom certificate validity and patches", () => {
  const { lab, start } = useScenario("ecdsa", { "kubeadm.patches": PATCHES });

  it("refuses a new master that lacks the patches, before anything is changed", async () => {
    await on(lab, "master3", `mv ${PATCHES} ${PATCHES}.away`);
    const { stdout, stderr, exitCode } = await start().program.run("plan");
    await on(lab, "master3", `mv ${PATCHES}.away ${PATCHES}`);
    expect(exitCode).not.toBe(0);
    expect(stdout + stderr).toContain(`${PATCHES} (kubeadm.patches) is missing or empty`);
  });

  it("results in three masters", async () => {
    await expectMigration(start().program);
    await expectHighlyAvailable(lab, VIP);
    await expectPodToReachApi(lab);
  });

  it.each(MASTERS)("creates the certificates of %s with the settings of the first master", async (host) => {
    const manifest = await on(lab, host, "cat /etc/kubernetes/manifests/kube-apiserver.yaml");
    expect(manifest).toMatch(/example\.org\/patched: "yes"/);
    expect(manifest).toContain("--min-request-timeout=900");
    for (const name of ["apiserver", "etcd/server", "front-proxy-client"]) {
      const certificate = await on(lab, host, `openssl x509 -noout -text -in ${PKI}/${name}.crt`);
      expect(certificate).toContain("Public Key Algorithm: id-ecPublicKey");
      const inDays = (days: number) =>
        on(
          lab,
          host,
          `openssl x509 -noout -checkend ${days * 86_400} -in ${PKI}/${name}.crt >/dev/null && echo valid || echo expired`,
        );
      expect([(await inDays(700)).trim(), (await inDays(735)).trim()]).toEqual(["valid", "expired"]);
    }
  });

  itPassesFinalChecks(lab, `${VIP}:6443`, start);
});
