import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadPlaybook } from "../../src/playbook/load.js";
import { brokenRules } from "../../src/playbook/rules.js";
import { allSteps } from "../../src/steps/all.js";
import { stepRules } from "../../src/steps/rules.js";

const file = fileURLToPath(new URL("../../playbooks/migrate.yaml", import.meta.url));
const order = (await loadPlaybook(file, stepRules)).steps.map(({ id }) => id);
/** The steps that others require. */
const required = order.filter((id) => allSteps.some((step) => step.id === id && step.optional === undefined));
const refusals = (ids: readonly string[]): string[] =>
  brokenRules(ids, stepRules).map(({ message }) => message);

/** Adjacent steps that may be swapped, and why that is harmless. */
const HARMLESS: Readonly<Record<string, string>> = {
  "start-member preflight": "while the API is unavailable, only start-member is planned, at any position",
  "apiserver-certificate load-balancer-packages": "different machines",
  "load-balancer-packages load-balancer-images": "no load balancer needs both",
  "load-balancer-images nonlocal-bind": "pulled images and a kernel setting",
  "nonlocal-bind selinux": "a kernel setting and SELinux booleans",
  "selinux firewall": "SELinux booleans and open ports",
  "firewall bind-address": "open ports, and the address that the apiserver binds",
  "keepalived endpoint-name": "the name is only resolved",
  "endpoint-name clear": "a reset does not change /etc/hosts",
  "clear images": "a reset keeps images",
  "images serving-certificate": "pulled images, and a check",
  "kubeadm-config cluster-info": "two ConfigMaps, both read only by joins",
  "cluster-info kube-proxy": "joins read one, kube-proxy the other",
  "kube-proxy add-ons": "independent clients",
  "add-ons kubelet-kubeconfig": "independent clients",
  "kubelet-kubeconfig admin-kubeconfig": "independent clients",
  "admin-kubeconfig pki": "both addresses serve, so kubeadm finds the API by either",
  "pki static-pod-files": "different files",
  "standby-keepalived advertise":
    "the VIP stays on the first master, whose haproxy forwards to the other apiservers",
  "advertise kube-proxy-rollout": "the rollout continues during restarts of apiservers",
  "component-kubeconfigs join-workers": "a new worker is Ready at most one lease later",
};

describe("the rules of a playbook", () => {
  it("name existing steps, and cover every step except the first two", () => {
    const named = stepRules.needs.flatMap(({ steps, need }) => [...steps, ...need]);
    expect(stepRules.known).toEqual(expect.arrayContaining([...named, ...Object.keys(stepRules.mandatory)]));
    expect(stepRules.known.filter((id) => !named.includes(id))).toEqual([]);
  });

  it("accept the built-in playbook", () => {
    expect(refusals(order)).toEqual([]);
    expect(order.toSorted()).toEqual(stepRules.known.toSorted());
  });

  it.each(required.slice(1).map((id, index) => [required[index] ?? "", id] as const))(
    "refuse %s and %s swapped, or it is harmless",
    (first, second) => {
      const swapped = order.map((id) => (id === first ? second : id === second ? first : id));
      const harmless = HARMLESS[`${first} ${second}`];
      const refusal = refusals(swapped);
      if (harmless === undefined)
        expect(refusal).toContainEqual(expect.stringContaining(`${second} must come after`));
      else expect(refusal).toEqual([]);
    },
  );

  it.each(required)("reject a playbook without %s", (id) => {
    expect(refusals(order.filter((other) => other !== id))).toContainEqual(expect.stringContaining(id));
  });

  it("accept a playbook without the optional steps", () => {
    expect(refusals(required)).toEqual([]);
  });

  it("accept a playbook that ends before the joins, and one without load balancer steps before them", () => {
    const upTo = (id: string) => order.slice(0, order.indexOf(id) + 1);
    for (const last of ["backup", "haproxy", "keepalived", "serving-certificate", "cluster-info"]) {
      expect(refusals(upTo(last))).toEqual([]);
    }
  });

  it("reject a playbook that moves a client or joins a master before its prerequisites", () => {
    const before = (ids: readonly string[], one: string, other: string) =>
      ids.indexOf(one) < ids.indexOf(other);
    fc.assert(
      fc.property(fc.nat(order.length - 1), fc.nat(order.length - 1), (from, to) => {
        const moved = order.filter((_, index) => index !== from).toSpliced(to, 0, order[from] ?? "");
        if (refusals(moved).length > 0) return;
        expect(before(moved, "backup", "cluster-configuration")).toBe(true);
        for (const client of ["kubelet-kubeconfig", "admin-kubeconfig", "kube-proxy"]) {
          expect(before(moved, "serving-certificate", client)).toBe(true);
        }
        for (const file of ["pki", "static-pod-files"]) expect(before(moved, file, "join")).toBe(true);
        expect(before(moved, "join", "revoke")).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
