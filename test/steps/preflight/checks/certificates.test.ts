import { describe, expect, it } from "vitest";
import { blocker } from "../../../../src/steps/preflight/check.js";
import { certificates } from "../../../../src/steps/preflight/checks/certificates.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { must, on } from "../../recorded.js";
import { looking, servesFreshCluster, unreachable, without } from "../looking.js";

const { problemsOf } = on("1.20.2");
const RENEW = "on master1: kubeadm certs renew all, then restart the static pods";
const DAY = 86_400;

const withEnd = (host: string, path: string, secondsFromNow: number) =>
  problemsOf(certificates, "fresh", ({ ends, now }) =>
    must(ends.found.get(host)).set(path, now + secondsFromNow),
  );

describe("check certificates", () => {
  it("reports a certificate that has expired", () => {
    expect(withEnd("master1", "/etc/kubernetes/pki/apiserver.crt", -1)).toEqual([
      blocker("master1", "/etc/kubernetes/pki/apiserver.crt has expired", RENEW),
    ]);
  });

  it("reports a file that is not a certificate", () => {
    expect(withEnd("master1", "/etc/kubernetes/pki/etcd/peer.crt", Number.NaN)).toEqual([
      blocker("master1", "/etc/kubernetes/pki/etcd/peer.crt cannot be read as a certificate", RENEW),
    ]);
  });

  it("reports a kubelet certificate that expires soon", () => {
    const path = "/var/lib/kubelet/pki/kubelet-client-current.pem";
    expect(withEnd("worker1", path, 1.5 * DAY)).toEqual([
      blocker(
        "worker1",
        `${path} expires in 1.5 days`,
        "on worker1: systemctl restart kubelet; then find out why it did not rotate the certificate: journalctl -u kubelet",
      ),
    ]);
  });

  it("reports a kubeconfig whose certificate expires soon, and a CA with another way out", () => {
    expect(withEnd("master1", "/etc/kubernetes/admin.conf", DAY)).toEqual([
      blocker("master1", "/etc/kubernetes/admin.conf expires in 1.0 days", RENEW),
    ]);
    expect(withEnd("master1", "/etc/kubernetes/pki/etcd/ca.crt", DAY)).toMatchObject([
      { fix: expect.stringContaining("manual-rotation-of-ca-certificates") as string },
    ]);
  });

  it("accepts a certificate that expires in a week or later", () => {
    expect(withEnd("master1", "/etc/kubernetes/pki/apiserver.crt", 7 * DAY)).toEqual([]);
    expect(withEnd("master1", "/etc/kubernetes/pki/apiserver.crt", 7 * DAY - 1)).toHaveLength(1);
  });

  it("reports certificates that are not those that kubeadm issued", () => {
    const lines = ["etcd/peer.key: not the key of etcd/peer.crt", "apiserver.crt: certificate has expired"];
    const edit = ({ faults }: Parameters<typeof certificates.problems>[0]) =>
      (faults.found as Map<string, readonly string[]>).set("master1", lines);
    expect(problemsOf(certificates, "fresh", edit)).toEqual([
      blocker(
        "master1",
        "/etc/kubernetes/pki/etcd/peer.key: not the key of etcd/peer.crt",
        "on master1: move the file away, then: kubeadm init phase certs all --config FILE, with the ClusterConfiguration of kubeadm-config",
      ),
    ]);
  });

  it("reads masters and workers that lack no tools, and reports those that cannot be read", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("kubelet", "");
    servesFreshCluster(sandbox);
    sandbox.file("/etc/kubernetes/pki/ca.crt", "not a certificate");
    const others = { master2: without("awk", sandbox), master3: unreachable("master3") };
    const facts = await certificates.probe(looking(sandbox, others));
    const unreadable = new Map([
      ["/etc/kubernetes/pki/ca.crt", Number.NaN],
      // Its certificate is a placeholder.
      ["/etc/kubernetes/admin.conf", Number.NaN],
    ]);
    expect([...facts.ends.found]).toEqual([
      ["master1", unreadable],
      ["worker1", unreadable],
    ]);
    expect(Math.abs(facts.now - Date.now() / 1000)).toBeLessThan(60);
    const hosts = certificates.problems(facts, sandbox.inventory).map(({ host }) => host);
    expect(hosts).toEqual(["master3", "master1", "master1", "master1", "master1", "worker1", "worker1"]);
  });
});
