import { describe, expect, it } from "vitest";
import { blocker } from "../../../../src/steps/preflight/check.js";
import { certificatesDirectory } from "../../../../src/steps/preflight/checks/certificates-directory.js";
import { on } from "../../recorded.js";

const { problemsOf } = on("1.20.2");
const withLine = (line: string) =>
  problemsOf(certificatesDirectory, "fresh", (facts) => {
    const text = facts.clusterConfiguration;
    facts.clusterConfiguration = text.replace("certificatesDir: /etc/kubernetes/pki\n", line);
    expect(facts.clusterConfiguration).not.toBe(text);
  });

describe("check certificates-directory", () => {
  it("reports another directory", () => {
    expect(withLine("certificatesDir: /srv/pki\n")).toEqual([
      blocker("master1", "certificatesDir is /srv/pki", "k8s-ha supports only /etc/kubernetes/pki"),
    ]);
  });

  it("accepts kubeadm's default", () => {
    expect(problemsOf(certificatesDirectory, "fresh")).toEqual([]);
    expect(withLine("")).toEqual([]);
  });
});
