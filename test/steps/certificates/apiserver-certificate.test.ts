import { describe, expect, it } from "vitest";
import type { ApiserverCertificateChange } from "../../../src/changes/apiserver-certificate.js";
import { apiserverCertificate } from "../../../src/steps/certificates/apiserver-certificate.js";
import { clusterConfiguration } from "../../../src/steps/certificates/cluster-configuration.js";
import { must, named, NOTHING, planOf, recorded } from "../recorded.js";

const KUBEADMS_OWN = [
  "kubernetes",
  "kubernetes.default",
  "kubernetes.default.svc",
  "kubernetes.default.svc.cluster.local",
];
const desired = must(recorded(clusterConfiguration, "endpoint").staged).content;

describe("apiserver-certificate", () => {
  it("adds the endpoint and every master to the first master's certificate", () => {
    const sansBefore = [...KUBEADMS_OWN, "master1", "10.96.0.1", "10.88.0.11"];
    expect(planOf(apiserverCertificate, "fresh")).toEqual({
      changes: [
        {
          kind: "apiserver-certificate",
          host: "master1",
          clusterConfiguration: desired,
          nodeName: "master1",
          criSocket: "unix:///var/run/containerd/containerd.sock",
          sansBefore,
          sansAfter: [...sansBefore, "10.88.0.100", "master2", "10.88.0.12", "master3", "10.88.0.13"],
        },
      ],
      problems: [],
    });
  });

  it("restarts the apiserver after a certificate change if certificateReload is restart", () => {
    const restarting = { cluster: { certificateReload: "restart" } };
    const { changes } = planOf(apiserverCertificate, "fresh", () => undefined, restarting);
    expect(changes.map(({ kind }) => kind)).toEqual(["apiserver-certificate", "static-pod-restart"]);
    expect(changes[1]).toEqual({
      kind: "static-pod-restart",
      host: "master1",
      components: ["kube-apiserver"],
    });
    expect(planOf(apiserverCertificate, "endpoint", () => undefined, restarting)).toEqual(NOTHING);
  });

  it("does not change complete certificates", () => {
    expect(planOf(apiserverCertificate, "endpoint")).toEqual(NOTHING);
  });

  it("changes only the certificate that lacks a SAN, and keeps that master's own SANs", () => {
    const { changes } = planOf(apiserverCertificate, "endpoint", ({ hosts }) => {
      const master2 = named(hosts, "master2");
      master2.sans = must(master2.sans).filter((san) => san !== "10.88.0.100");
    });
    expect(changes).toMatchObject([{ kind: "apiserver-certificate", host: "master2", nodeName: "master2" }]);
    const { sansAfter, sansBefore } = must(changes[0]) as ApiserverCertificateChange;
    expect(sansAfter).toEqual([...sansBefore, "10.88.0.100"]);
  });

  it("adds the inventory's SANs everywhere, and keeps each certificate's own SANs", () => {
    const { changes } = planOf(
      apiserverCertificate,
      "endpoint",
      (facts) => {
        facts.liveSans.push("api.old.example.org");
        named(facts.hosts, "master1").sans?.push("api.old.example.org");
      },
      { cluster: { certSANs: ["api.example.org"] } },
    );
    const added = changes.map((change) => {
      const { host, sansBefore, sansAfter } = change as ApiserverCertificateChange;
      return [host, ...sansAfter.filter((san) => !sansBefore.includes(san))];
    });
    expect(added).toEqual([
      ["master1", "api.example.org"],
      ["master2", "api.example.org", "api.old.example.org"],
      ["master3", "api.example.org", "api.old.example.org"],
    ]);
  });
});
