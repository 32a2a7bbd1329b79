import fc from "fast-check";
import { parseDocument } from "yaml";
import { describe, expect, it } from "vitest";
import type { StaticPod } from "../../../../src/cluster/static-pod-manifests.js";
import { clusterConfiguration } from "../../../../src/steps/certificates/cluster-configuration.js";
import { staticPodSettings } from "../../../../src/steps/preflight/checks/static-pod-settings.js";
import { manifestsOf } from "../../../config-files/manifests.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { labInventory, type Overrides } from "../../inventory.js";
import { externalEtcd, on, oneEtcd, type Editable } from "../../recorded.js";
import { looking, servesFreshCluster } from "../looking.js";

type Found = Editable<Awaited<ReturnType<typeof staticPodSettings.probe>>>;
type Version = Parameters<typeof manifestsOf>[0];

const VERSIONS = ["1.20.2", "1.30.14", "1.37.2"] as const;
const SHOWN = ["1.30.14", "1.37.2"] as const;

const EDIT = "with kubectl -n kube-system edit configmap kubeadm-config; or edit /etc/kubernetes/manifests";

/** The problems on a fresh cluster, whose manifests are as kubeadm writes them, after edits. */
function problems(
  version: Version,
  edit: (found: Found) => void = () => undefined,
  overrides: Overrides = {},
) {
  const found: Found = {
    clusterConfiguration: on(version).recorded(clusterConfiguration, "fresh").clusterConfiguration,
    mastersJoin: true,
    running: manifestsOf(version),
    ...(version !== "1.20.2" && { joining: { manifests: manifestsOf(version), isPatched: false } }),
  };
  edit(found);
  return staticPodSettings.problems(found, labInventory(overrides));
}

/** Adds a flag to the running pod, and to the new one too unless it is `running` only. */
function withFlag(found: Found, pod: StaticPod, flag: string, where: "running" | "joining"): void {
  const manifests = where === "running" ? found.running : found.joining?.manifests;
  if (manifests === undefined) throw new Error("no manifests");
  manifests[pod] = inserted(manifests[pod] ?? "", flag);
}

function inserted(manifest: string, ...flags: readonly string[]): string {
  const [before = "", after = ""] = manifest.split("    image: ");
  return `${before}${flags.map((flag) => `    - ${flag}\n`).join("")}    image: ${after}`;
}

/** The manifest with another mount. */
function mounting(manifest: string, path: string): string {
  return manifest
    .replace("  volumes:\n", `  volumes:\n  - hostPath:\n      path: ${path}\n    name: extra\n`)
    .replace("    volumeMounts:\n", `    volumeMounts:\n    - mountPath: ${path}\n      name: extra\n`);
}

const edited = (found: Found, pod: StaticPod, edit: (manifest: string) => string): void => {
  found.running[pod] = edit(found.running[pod] ?? "");
};

describe.each(VERSIONS)("check static-pod-settings on %s", (version) => {
  it("accepts the manifests exactly as kubeadm writes them", () => {
    expect(problems(version)).toEqual([]);
  });

  it("accepts a manifest whose flags have another order, and quotes", () => {
    const ofManifest = fc.constantFrom<StaticPod>(
      "etcd",
      "kube-apiserver",
      "kube-controller-manager",
      "kube-scheduler",
    );
    fc.assert(
      fc.property(
        ofManifest,
        fc.infiniteStream(fc.nat()),
        fc.infiniteStream(fc.boolean()),
        (pod, keys, quotes) => {
          const shuffled = (manifest: string): string => {
            const flags = manifest.match(/^ {4}- --.*\n/gm) ?? [];
            const sorted = flags
              .map((line) => [keys.next().value, line] as const)
              .toSorted(([a], [b]) => a - b)
              .map(([, line]) => (quotes.next().value ? line.replace(/- (.*)/, '- "$1"') : line));
            return manifest.replace(flags.join(""), sorted.join(""));
          };
          expect(
            problems(version, (found) => {
              edited(found, pod, shuffled);
            }),
          ).toEqual([]);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("reports nothing if no master is to join, or without manifests", () => {
    expect(
      problems(version, (found) => {
        withFlag(found, "etcd", "--quota-backend-bytes=1", "running");
        found.mastersJoin = false;
      }),
    ).toEqual([]);
    expect(problems(version, (found) => (found.running = {}))).toEqual([]);
  });

  it("blocks a harmful flag that is only in the manifest", () => {
    expect(
      problems(version, (found) => {
        withFlag(found, "kube-apiserver", "--encryption-provider-config=/etc/enc/config.yaml", "running");
      }),
    ).toEqual([
      {
        severity: "blocker",
        host: "master1",
        what: "kube-apiserver on new masters would differ from the one on master1 in --encryption-provider-config (master1: /etc/enc/config.yaml; kubeadm-config: not set): an apiserver cannot read what another one has encrypted, such as Secrets",
        fix: `make both equal: edit apiServer.extraArgs ${EDIT}/kube-apiserver.yaml on master1, which restarts kube-apiserver`,
      },
    ]);
  });

  it("lists harmless differences in one warning per component", () => {
    const all = problems(version, (found) => {
      withFlag(found, "kube-scheduler", "--v=4", "running");
      edited(found, "kube-scheduler", (manifest) => mounting(manifest, "/srv/spare"));
    });
    expect(all).toEqual([
      {
        severity: "warning",
        host: "master1",
        what: "kube-scheduler on new masters will differ from the one on master1 in --v (master1: 4; kubeadm-config: not set), mount /srv/spare (master1: /srv/spare; kubeadm-config: not set)",
        fix: `check whether this is intended, or make both equal: edit scheduler.extraArgs, scheduler.extraVolumes ${EDIT}/kube-scheduler.yaml on master1, which restarts kube-scheduler`,
      },
    ]);
  });

  it("reports a manifest that cannot be read", () => {
    const all = problems(version, (found) => {
      found.running["kube-scheduler"] = "spec: {}\n";
    });
    expect(new Set(all.map(({ what }) => what))).toEqual(
      new Set(["not a static-pod manifest: spec.containers"]),
    );
    expect(all).toContainEqual(expect.objectContaining({ severity: "blocker", host: "master1" }));
  });

  it("warns of a bind address, which extraArgs cannot set for only one machine", () => {
    const bound = (address: string) => (found: Found) => {
      withFlag(found, "kube-apiserver", `--bind-address=${address}`, "running");
    };
    const onMasters = { loadBalancers: ["master1", "master2", "master3"].map((master) => ({ master })) };
    const endpoint = (text: string) => ({ ...onMasters, cluster: { endpoint: text } });
    expect(problems(version, bound("10.88.0.11"), endpoint("10.88.0.100:6443"))).toEqual([]);
    expect(problems(version, bound("0.0.0.0"))).toEqual([]);
    expect(problems(version, bound("10.88.0.11"), endpoint("10.88.0.100:8443"))).toMatchObject([
      { severity: "warning", what: expect.stringContaining("listens only on 10.88.0.11") as string },
    ]);
  });

  it("only warns if patches that the first master does not have may contain it", () => {
    const extra = (found: Found) => {
      withFlag(found, "etcd", "--quota-backend-bytes=1", "running");
    };
    const patches = { kubeadm: { patches: "/etc/patches" } };
    expect(problems(version, extra, patches)).toMatchObject([
      {
        severity: "warning",
        fix: expect.stringContaining(
          "make sure that the patches in /etc/patches on each new master contain it; or make",
        ) as string,
      },
    ]);
  });

  it.each([externalEtcd, oneEtcd])("does not compare an etcd that new masters do not get", (configured) => {
    expect(
      problems(version, (found) => {
        found.clusterConfiguration = configured(found.clusterConfiguration);
        delete found.running.etcd;
        if (configured === oneEtcd)
          edited(found, "kube-apiserver", (manifest) =>
            manifest.replace("https://127.0.0.1:2379", "https://10.88.0.11:2379"),
          );
      }),
    ).toEqual([]);
  });
});

describe.each(SHOWN)("check static-pod-settings with kubeadm's dry run on %s", (version) => {
  it("blocks a harmful flag that is only in kubeadm-config", () => {
    expect(
      problems(version, (found) => {
        withFlag(found, "etcd", "--quota-backend-bytes=16777216", "joining");
      }),
    ).toEqual([
      {
        severity: "blocker",
        host: "master1",
        what: "etcd on new masters would differ from the one on master1 in --quota-backend-bytes (master1: not set; kubeadm-config: 16777216): the whole cluster becomes read-only when one member's database exceeds its quota",
        fix: `make both equal: edit etcd.local.extraArgs ${EDIT}/etcd.yaml on master1, which restarts etcd`,
      },
    ]);
  });

  it("blocks a field of kubeadm-config that another flag follows", () => {
    const all = problems(version, (found) => {
      edited(found, "kube-controller-manager", (manifest) =>
        manifest.replace("10.244.0.0/16", "10.250.0.0/16"),
      );
    });
    expect(all).toMatchObject([
      {
        severity: "blocker",
        what: expect.stringContaining(
          "--cluster-cidr (master1: 10.250.0.0/16; kubeadm-config: 10.244.0.0/16)",
        ) as string,
        fix: expect.stringContaining(
          "edit controllerManager.extraArgs (or networking.podSubnet) with",
        ) as string,
      },
    ]);
  });

  it("blocks a mount that a flag of the new pod needs", () => {
    const path = "/etc/kubernetes/scheduler-config.yaml";
    const all = problems(version, (found) => {
      for (const where of ["running", "joining"] as const)
        withFlag(found, "kube-scheduler", `--config=${path}`, where);
      edited(found, "kube-scheduler", (manifest) => mounting(manifest, path));
    });
    expect(all).toMatchObject([
      {
        severity: "blocker",
        what: expect.stringContaining(`the pod would not start, because ${path} is not mounted`) as string,
      },
    ]);
  });

  it("warns of another image and of variables, whose values it does not show", () => {
    const all = problems(version, (found) => {
      edited(found, "etcd", (manifest) =>
        manifest
          .replace(/image: .*/, "image: example.org/etcd:1")
          .replace(
            "    imagePullPolicy",
            "    env:\n    - name: TOKEN\n      value: hidden\n    imagePullPolicy",
          ),
      );
    });
    expect(all).toMatchObject([
      { severity: "warning", what: expect.stringContaining("image (master1: example.org/etcd:1;") as string },
    ]);
    expect(all[0]?.what).toContain("variable TOKEN (master1: set; kubeadm-config: not set)");
    expect(JSON.stringify(all)).not.toContain("hidden");
  });

  it("accepts proxy variables that all static pods of the control plane have: the join sets them", () => {
    const env = "    env:\n    - name: HTTPS_PROXY\n      value: http://10.88.0.1:3128\n    image: ";
    const proxied = (...pods: readonly StaticPod[]) =>
      problems(version, (found) => {
        for (const pod of pods) edited(found, pod, (manifest) => manifest.replace("    image: ", env));
      });
    expect(proxied("kube-apiserver", "kube-controller-manager", "kube-scheduler")).toEqual([]);
    expect(proxied("kube-apiserver")).toMatchObject([
      {
        severity: "warning",
        what: expect.stringContaining(
          "variable HTTPS_PROXY (master1: set; kubeadm-config: not set)",
        ) as string,
      },
    ]);
  });

  it("compares kubeadm-config if kubeadm does not show the manifests", () => {
    const all = problems(version, (found) => {
      found.joining = { manifests: {}, isPatched: false, error: "invalid configuration" };
      const document = parseDocument(found.clusterConfiguration);
      const args = { "quota-backend-bytes": "16777216" };
      const isList = version === "1.37.2";
      document.setIn(
        ["etcd", "local", "extraArgs"],
        isList ? [{ name: "quota-backend-bytes", value: "16777216" }] : args,
      );
      found.clusterConfiguration = document.toString();
    });
    expect(all).toMatchObject([
      { severity: "warning", what: expect.stringMatching(/compared: invalid configuration$/) as string },
      {
        severity: "blocker",
        what: expect.stringContaining(
          "--quota-backend-bytes (master1: not set; kubeadm-config: 16777216)",
        ) as string,
      },
    ]);
  });
});

/** A kubeadm that writes manifests to its dry-run directory, in one of its own as up to 1.30, and records its input. */
const WRITES = `case "$*" in
  version*) echo v1.30.14 ;;
  *etcd*) env >"$SANDBOX/env"; cat >"$SANDBOX/given"; mkdir -p "$KUBEADM_INIT_DRYRUN_DIR/tmp/x"; echo E >"$KUBEADM_INIT_DRYRUN_DIR/tmp/x/etcd.yaml" ;;
  *) cat >/dev/null; for pod in apiserver scheduler; do echo "K $pod" >"$KUBEADM_INIT_DRYRUN_DIR/kube-$pod.yaml"; done ;;
esac`;

/** The probe's result on a fresh cluster of 1.30.14, with a kubeadm that does this. */
async function probed(kubeadm: string, overrides: Overrides = {}, version = "v1.30.14") {
  using first = new Sandbox();
  servesFreshCluster(first, version);
  first.answer("kubeadm", kubeadm);
  first.file("/etc/kubernetes/manifests/etcd.yaml", "R");
  first.file("/etc/patches/etcd.yaml", "{}");
  using other = new Sandbox();
  const inventory = labInventory(overrides);
  const others = Object.fromEntries(["master2", "master3"].map((name) => [name, other]));
  const found = await staticPodSettings.probe(looking(first, others, inventory));
  const calls = first.commands("kubeadm");
  const read = (path: string) => (calls.some((call) => call.includes("etcd local")) ? first.read(path) : "");
  return { found, calls, given: read("/given"), env: read("/env") };
}

describe("the probe of check static-pod-settings", () => {
  it("has kubeadm write the manifests in a temporary directory, which is removed", async () => {
    const { found, calls, given, env } = await probed(WRITES);
    expect(found).toMatchObject({
      mastersJoin: true,
      running: { etcd: "R" },
      joining: {
        manifests: { etcd: "E\n", "kube-apiserver": "K apiserver\n", "kube-scheduler": "K scheduler\n" },
        isPatched: false,
      },
    });
    expect(calls).toEqual([
      "kubeadm version -o short",
      "kubeadm init phase control-plane all --dry-run --config /dev/stdin",
      "kubeadm init phase etcd local --dry-run --config /dev/stdin",
    ]);
    expect(given).toContain("advertiseAddress: 10.88.0.11");
    expect(given).not.toContain("patches:");
    expect(env).not.toMatch(/_proxy=/i);
  });

  it("uses the operator's patches if the first master has them", async () => {
    const kubeadm = { patches: "/etc/patches" };
    const { found, given } = await probed(WRITES, { kubeadm });
    expect(found.joining?.isPatched).toBe(true);
    expect(given).toMatch(/^patches:\n {2}directory: .*\/etc\/patches\n/);
    expect((await probed(WRITES, { kubeadm: { patches: "/etc/none" } })).found.joining?.isPatched).toBe(
      false,
    );
  });

  it("reports kubeadm's error", async () => {
    const { found } = await probed(
      WRITES.replace("cat >/dev/null;", "echo 'error: no such field' >&2; exit 1;"),
    );
    expect(found.joining).toEqual({ manifests: {}, isPatched: false, error: "no such field" });
  });

  it("does not run a kubeadm that cannot show manifests, or has another minor version", async () => {
    expect(await probed(WRITES, {}, "v1.20.2")).toMatchObject({ calls: [] });
    const { found, calls } = await probed(WRITES, {}, "v1.31.0");
    expect(found.joining).toBeUndefined();
    expect(calls).toEqual(["kubeadm version -o short"]);
  });
});
