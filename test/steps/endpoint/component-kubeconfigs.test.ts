import { describe, expect, it } from "vitest";
import { componentKubeconfigs } from "../../../src/steps/endpoint/component-kubeconfigs.js";
import { must, named, NOTHING, planOf } from "../recorded.js";

const ENDPOINT = "https://10.88.0.100:6443";
const ADDRESS: Record<string, string> = {
  master1: "10.88.0.11",
  master2: "10.88.0.12",
  master3: "10.88.0.13",
};
const own = (host: string) => `https://${ADDRESS[host] ?? ""}:6443`;
const FILE = {
  "kube-controller-manager": "/etc/kubernetes/controller-manager.conf",
  "kube-scheduler": "/etc/kubernetes/scheduler.conf",
};
type Component = keyof typeof FILE;
const restart = (host: string, ...components: Component[]) => ({
  kind: "static-pod-restart",
  host,
  components,
});
const edit = (host: string, component: Component, from: string, to: string) => ({
  kind: "kubeconfig",
  host,
  path: FILE[component],
  from,
  to,
});
const moveBoth = (host: string, from: string, to: string) => [
  edit(host, "kube-controller-manager", from, to),
  edit(host, "kube-scheduler", from, to),
  restart(host, "kube-controller-manager", "kube-scheduler"),
];
const hosts = Object.keys(ADDRESS);

describe("component-kubeconfigs", () => {
  it("edits both files on each master, also those that kubeadm writes later, and restarts what reads them", () => {
    expect(planOf(componentKubeconfigs, "fresh")).toEqual({
      changes: hosts.flatMap((host) => moveBoth(host, own(host), ENDPOINT)),
      problems: [
        {
          severity: "warning",
          what: expect.stringContaining("version skew") as string,
          fix: expect.any(String) as string,
        },
      ],
    });
    expect(componentKubeconfigs.rollout).toBe("one-by-one");
  });

  it("changes nothing if the components use the endpoint", () => {
    expect(planOf(componentKubeconfigs, "endpoint")).toEqual(NOTHING);
  });

  it("with `local`: files are as kubeadm writes them, and nothing is planned on a fresh cluster", () => {
    expect(planOf(componentKubeconfigs, "fresh", undefined, { cluster: { kubeconfigs: "local" } })).toEqual(
      NOTHING,
    );
  });

  it("with `local`: a migrated cluster returns to each master's own apiserver", () => {
    const { changes } = planOf(componentKubeconfigs, "endpoint", undefined, {
      cluster: { kubeconfigs: "local" },
    });
    expect(changes).toEqual(hosts.flatMap((host) => moveBoth(host, ENDPOINT, own(host))));
  });

  it("fixes the one file that names another server", () => {
    const { changes } = planOf(componentKubeconfigs, "endpoint", (facts) => {
      must(named(facts.hosts, "master3").files[1]).servers = [own("master1")];
    });
    expect(changes).toEqual([
      edit("master3", "kube-scheduler", own("master1"), ENDPOINT),
      restart("master3", "kube-scheduler"),
    ]);
  });

  it("restarts a component that is older than its file: an interrupted run edited the file and did not restart it", () => {
    const { changes } = planOf(componentKubeconfigs, "endpoint", (facts) => {
      const master2 = named(facts.hosts, "master2");
      master2.startedAt["kube-scheduler"] = Math.floor(must(master2.files[1]).modified) - 1;
    });
    expect(changes).toEqual([restart("master2", "kube-scheduler")]);
  });

  it("follows the endpoint to another port", () => {
    const { changes } = planOf(componentKubeconfigs, "endpoint", undefined, {
      cluster: { endpoint: "10.88.0.100:16443" },
    });
    expect(changes).toEqual(hosts.flatMap((host) => moveBoth(host, ENDPOINT, "https://10.88.0.100:16443")));
  });
});
