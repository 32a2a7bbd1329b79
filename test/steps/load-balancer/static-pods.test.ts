import { describe, expect, it } from "vitest";
import { shownKeepalivedConfig } from "../../../src/changes/keepalived-config.js";
import type { Running } from "../../../src/cluster/load-balancer-program.js";
import { checkScript } from "../../../src/config-files/check-script.js";
import { haproxyConfig } from "../../../src/config-files/haproxy.js";
import { haproxyPod, keepalivedPod, writtenBy } from "../../../src/config-files/load-balancer-pods.js";
import { selectedHosts } from "../../../src/steps/host-selector.js";
import { haproxy, standbyHaproxy } from "../../../src/steps/load-balancer/haproxy.js";
import { loadBalancerImages } from "../../../src/steps/load-balancer/images.js";
import { keepalived, standbyKeepalived } from "../../../src/steps/load-balancer/keepalived.js";
import { haproxyOptions } from "../../config-files/haproxy-options.js";
import { labInventory, type Overrides } from "../inventory.js";
import { must, NOTHING, planOf, type Editable } from "../recorded.js";

const images = { haproxy: "registry.example/haproxy:arm", keepalived: "registry.example/keepalived:arm" };
const overrides: Overrides = {
  cluster: { endpoint: "10.88.0.100:443" },
  loadBalancers: ["master1", "master2", "master3"].map((master) => ({ master })),
  loadBalancer: { runAs: "static-pods", images },
};
const inventory = labInventory(overrides);
const options = { ...haproxyOptions, port: 443, inPod: true };
const config = haproxyConfig(options).shown();
const haproxyManifest = haproxyPod({ image: images.haproxy, port: 443 });
const keepalivedManifest = keepalivedPod({ image: images.keepalived });
const script = checkScript({ vip: "10.88.0.100", port: 443 });

const WRITTEN = 1000;
const stopped = { exists: false, active: false, enabled: false, changedAt: 0 };
const file = (content: string, mode: string) => ({ content, mode, owner: "root:root", modified: WRITTEN });
/** A master with a pod that started two seconds after its files were written; without one if none is given. */
const on = (name: string, manifest?: string): Editable<Running> => ({
  name,
  unit: { ...stopped },
  pod:
    manifest === undefined
      ? { manifest: undefined, since: undefined }
      : { manifest: file(writtenBy("20260131-221530", manifest), "600"), since: WRITTEN + 2 },
});

type HaproxyFacts = Editable<Awaited<ReturnType<typeof haproxy.probe>>>;
const haproxyFresh =
  (...names: string[]) =>
  (facts: HaproxyFacts) => {
    facts.hosts = names.map((name) => ({
      ...on(name),
      file: undefined,
      passwordDigest: "",
      listens: false,
      isForeign: false,
      further: [],
    }));
  };
const haproxyDone =
  (edit: (host: HaproxyFacts["hosts"][number]) => void = () => undefined) =>
  (facts: HaproxyFacts) => {
    const host = {
      ...on("master1", haproxyManifest),
      file: file(config, "644"),
      passwordDigest: "",
      listens: true,
      isForeign: false,
      further: [],
    };
    edit(host);
    facts.hosts = [host];
  };
const pod = (host: string, before: string | null, because = "new configuration") => ({
  kind: "static-pod",
  host,
  pod: "haproxy",
  manifest: haproxyManifest,
  before,
  because,
});

describe("load balancers that are static pods", () => {
  it("are set up on the first master before the others join, and on those after it", () => {
    expect(selectedHosts(inventory, must(haproxy.on))).toEqual(["master1"]);
    expect(selectedHosts(inventory, must(keepalived.on))).toEqual(["master1"]);
    expect(selectedHosts(inventory, must(standbyHaproxy.on))).toEqual(["master2", "master3"]);
    expect(selectedHosts(inventory, must(standbyKeepalived.on))).toEqual(["master2", "master3"]);
    expect(selectedHosts(inventory, "packaged-load-balancers")).toEqual([]);
    expect(selectedHosts(labInventory(), must(standbyHaproxy.on))).toEqual([]);
    expect(selectedHosts(labInventory(), must(haproxy.on))).toEqual(["lb1", "lb2"]);
  });

  it("pull the images that their masters lack", () => {
    const criSocket = "/run/containerd/containerd.sock";
    const { changes } = planOf(loadBalancerImages, "fresh", (facts) => {
      facts.hosts = [
        { name: "master1", criSocket, missing: [images.haproxy] },
        { name: "master2", criSocket, missing: [] },
      ];
    });
    expect(changes).toEqual([{ kind: "images", host: "master1", criSocket, images: [images.haproxy] }]);
  });
});

describe("haproxy as a static pod", () => {
  it.each([
    [haproxy, ["master1"]],
    [standbyHaproxy, ["master2", "master3"]],
  ])("is a configuration that no haproxy on the host validates, and a manifest", (step, names) => {
    const { changes, problems } = planOf(step, "fresh", haproxyFresh(...names), overrides);
    expect(problems).toEqual([]);
    expect(changes).toEqual(
      names.flatMap((host) => [{ kind: "haproxy-config", host, options, before: null }, pod(host, null)]),
    );
    expect(config).toContain("log stdout format raw local0");
  });

  it("is unchanged if it runs with its file, regardless of which run wrote its manifest", () => {
    expect(planOf(haproxy, "endpoint", haproxyDone(), overrides)).toEqual(NOTHING);
  });

  it.each<[string, Parameters<typeof haproxyDone>[0], string]>([
    ["is older than its file", (host) => (must(host.pod).since = WRITTEN - 5), "new configuration"],
    [
      "does not run",
      (host) => {
        host.listens = false;
        must(host.pod).since = undefined;
      },
      "not running",
    ],
    ["runs without its port", (host) => (host.listens = false), "not listening"],
  ])("restarts if it %s", (_, edit, because) => {
    const { changes } = planOf(haproxy, "endpoint", haproxyDone(edit), overrides);
    expect(changes).toEqual([pod("master1", haproxyManifest, because)]);
  });

  it("gets the statistics page's password of the first master if another one has a different one", () => {
    const standby = {
      ...on("master2", haproxyManifest),
      file: file("", "600"),
      listens: true,
      isForeign: false,
      further: [],
    };
    const plan = (own: string) =>
      planOf(
        standbyHaproxy,
        "endpoint",
        (facts: HaproxyFacts) => {
          const text = haproxyConfig({ ...options, stats: { port: 8404, user: "ops" } }).shown();
          facts.hosts = [{ ...standby, file: file(text, "600"), passwordDigest: own }];
          facts.others = [{ name: "master1", file: undefined, passwordDigest: "a" }];
        },
        { ...overrides, loadBalancer: { runAs: "static-pods", images, stats: { user: "ops" } } },
      );
    expect(plan("a")).toEqual(NOTHING);
    expect(plan("b").changes.map(({ kind }) => kind)).toEqual(["haproxy-config", "static-pod"]);
  });

  it("restarts with another image", () => {
    const former = haproxyPod({ image: "haproxy:2.6", port: 443 });
    const edit = haproxyDone((host) => {
      must(must(host.pod).manifest).content = writtenBy("20260131-221530", former);
    });
    expect(planOf(haproxy, "endpoint", edit, overrides).changes).toEqual([pod("master1", former)]);
  });

  it.each<[string, Parameters<typeof haproxyDone>[0], string]>([
    [
      "a manifest is not managed by k8s-ha",
      (host) => (must(must(host.pod).manifest).content = "kind: Pod\n"),
      "/etc/kubernetes/manifests/haproxy.yaml is not managed by k8s-ha and would be replaced",
    ],
    [
      "it runs as a service",
      (host) => (host.unit.active = true),
      "haproxy runs as a service, but the inventory requires a static pod",
    ],
  ])("is blocked if %s", (_, edit, what) => {
    const { changes, problems } = planOf(haproxy, "endpoint", haproxyDone(edit), overrides);
    expect(changes).toEqual([]);
    expect(problems.map((problem) => problem.what)).toEqual([what]);
  });

  it("is blocked if haproxy also runs as a service", () => {
    const { changes, problems } = planOf(haproxy, "endpoint", haproxyDone());
    expect(changes).toEqual([]);
    expect(problems.map(({ what }) => what)).toEqual([
      "haproxy runs as a static pod, but the inventory requires a service",
    ]);
  });
});

describe("keepalived as a static pod", () => {
  type Facts = Editable<Awaited<ReturnType<typeof keepalived.probe>>>;
  const vrrp = {
    vip: "10.88.0.100",
    interface: "eth0",
    virtualRouterId: 51,
    priority: 150,
    penalty: 30,
    inPod: true as const,
    checkScript: "/etc/k8s-ha/keepalived/check-apiserver.sh",
  };
  const shown = shownKeepalivedConfig({ ...vrrp, host: "master1" });
  const host = (manifest?: string): Facts["hosts"][number] => ({
    ...on("master1", manifest),
    checkScript: "/etc/keepalived/check-apiserver.sh",
    script: manifest === undefined ? undefined : file(script, "755"),
    shown: manifest === undefined ? null : shown,
    isForeign: false,
    passwordDigest: manifest === undefined ? "" : "0123456789abcdef",
    modified: manifest === undefined ? [] : [WRITTEN],
    holdsVip: manifest !== undefined,
    interface: "eth0",
  });
  const other = (name: string, passwordDigest = "") => ({ name, passwordDigest, holdsVip: false });
  const others = [other("master2"), other("master3")];
  const conf = (before: string | null) => ({
    kind: "keepalived-config",
    host: "master1",
    ...vrrp,
    before,
  });
  const podChange = (before: string | null) => ({
    kind: "static-pod",
    host: "master1",
    pod: "keepalived",
    manifest: keepalivedManifest,
    before,
    because: "new configuration",
  });
  const plan = (facts: Editable<Facts>) =>
    planOf(keepalived, "fresh", (found) => Object.assign(found, facts), overrides);

  it("is its check script, a configuration that no keepalived on the host validates, and a manifest", () => {
    const { changes, problems } = plan({ hosts: [host()], others });
    expect(problems).toEqual([]);
    expect(changes.map(({ kind }) => kind)).toEqual(["file", "keepalived-config", "static-pod"]);
    expect(changes.slice(1)).toEqual([conf(null), podChange(null)]);
  });

  it("is unchanged while the others do not have theirs yet", () => {
    expect(plan({ hosts: [host(keepalivedManifest)], others })).toEqual(NOTHING);
  });

  it("gets the shared password if another master has a different one", () => {
    const { changes } = plan({
      hosts: [host(keepalivedManifest)],
      others: [other("master2", "0123456789abcdef"), other("master3", "fedcba98")],
    });
    expect(changes).toEqual([conf(shown), podChange(keepalivedManifest)]);
  });
});
