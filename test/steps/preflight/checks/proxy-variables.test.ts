import { describe, expect, it } from "vitest";
import { proxyVariables } from "../../../../src/steps/preflight/checks/proxy-variables.js";
import { manifestsOf } from "../../../config-files/manifests.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { labInventory } from "../../inventory.js";
import { looking, servesFreshCluster } from "../looking.js";

const PROXY = "http://[secret]@10.9.0.1:3128";
const MASTERS = "10.88.0.11,10.88.0.12,10.88.0.13";

const problems = (variables: Readonly<Record<string, string>>, mastersJoin = true) =>
  proxyVariables.problems({ mastersJoin, variables }, labInventory());

describe("check proxy-variables", () => {
  it("accepts static pods without a proxy for HTTPS, and one that the cluster's addresses do not need", () => {
    expect(problems({})).toEqual([]);
    expect(problems({ HTTP_PROXY: PROXY })).toEqual([]);
    expect(problems({ HTTPS_PROXY: PROXY, NO_PROXY: "10.88.0.0/16" })).toEqual([]);
    expect(problems({ https_proxy: PROXY, no_proxy: `${MASTERS},10.88.0.100` })).toEqual([]);
  });

  it("blocks a proxy that kubeadm would use for the endpoint or a master", () => {
    expect(problems({ HTTPS_PROXY: PROXY, NO_PROXY: "10.88.0.11,10.88.0.13:6443" })).toEqual([
      {
        severity: "blocker",
        host: "master1",
        what: `kubeadm would connect to 10.88.0.100, 10.88.0.12, 10.88.0.13 through the proxy ${PROXY} of the static pods, because NO_PROXY (10.88.0.11,10.88.0.13:6443) lacks them`,
        fix: "add them to NO_PROXY in /etc/kubernetes/manifests/kube-apiserver.yaml, kube-controller-manager.yaml and kube-scheduler.yaml, with the same value in each",
      },
    ]);
    expect(problems({ HTTPS_PROXY: PROXY })).toMatchObject([
      { what: expect.stringContaining("NO_PROXY (not set)") as string },
    ]);
    expect(problems({ HTTPS_PROXY: PROXY }, false)).toEqual([]);
  });

  it("reads the variables from the first master's manifests, without passwords", async () => {
    using first = new Sandbox();
    using other = new Sandbox();
    servesFreshCluster(first);
    for (const [pod, manifest] of Object.entries(manifestsOf("1.20.2"))) {
      const env = "    env:\n    - name: HTTPS_PROXY\n      value: http://me:pass@10.9.0.1:3128\n    image: ";
      first.file(`/etc/kubernetes/manifests/${pod}.yaml`, manifest.replace("    image: ", env));
    }
    const fleet = looking(first, { master2: other, master3: other });
    expect(await proxyVariables.probe(fleet)).toEqual({
      mastersJoin: true,
      variables: { HTTPS_PROXY: PROXY },
    });
  });
});
