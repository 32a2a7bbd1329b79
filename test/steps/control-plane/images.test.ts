import { describe, expect, it } from "vitest";
import { Sandbox } from "../../machine/sandbox.js";
import { clear } from "../../../src/steps/control-plane/clear.js";
import { images, missingImages } from "../../../src/steps/control-plane/images.js";
import { named, NOTHING, planOf, recorded } from "../recorded.js";

const master = {
  clusterConfiguration: recorded(clear, "fresh").clusterConfiguration,
  nodeName: "master2",
  advertiseAddress: "10.88.0.12",
  criSocket: "unix:///run/containerd/containerd.sock",
};

describe("images", () => {
  it("pulls nothing if the images exist already", () => {
    expect(planOf(images, "fresh")).toEqual(NOTHING);
  });

  it("does not query a running master", () => {
    expect(planOf(images, "endpoint")).toEqual(NOTHING);
  });

  it("pulls missing images only on the new master that lacks them", () => {
    const missing = ["k8s.gcr.io/etcd:3.4.13-0", "k8s.gcr.io/pause:3.2"];
    const plan = planOf(images, "fresh", ({ hosts }) => {
      named(hosts, "master3").missing = missing;
    });
    expect(plan).toEqual({
      changes: [{ kind: "images", host: "master3", criSocket: master.criSocket, images: missing }],
      problems: [],
    });
  });
});

describe("missingImages", () => {
  it("passes kubeadm the whole configuration, which may set other images for etcd and DNS", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("kubeadm", 'cat >"$SANDBOX/configuration"');
    const own = "dataDir: /var/lib/etcd\n    imageTag: 3.4.13-own";
    const clusterConfiguration = master.clusterConfiguration.replace("dataDir: /var/lib/etcd", own);
    await sandbox.host().ask(missingImages({ ...master, clusterConfiguration }));
    expect(sandbox.calls("kubeadm")).toEqual([
      ["kubeadm", ..."config images list --config /dev/stdin".split(" ")],
    ]);
    const [node, cluster] = sandbox.read("/configuration").replaceAll(sandbox.root, "").split("---\n");
    expect(cluster).toBe(clusterConfiguration);
    // kubeadm refuses to choose between two runtimes.
    expect(node).toContain("criSocket: unix:///run/containerd/containerd.sock");
  });

  it("reports why kubeadm lists no images, instead of reporting none missing", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("kubeadm", "echo 'unknown flag' >&2; exit 1");
    await expect(sandbox.host().ask(missingImages(master))).rejects.toThrow("unknown flag");
  });

  it("returns those that the runtime does not have", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("kubeadm", "echo a/b:1; echo a/c:2");
    sandbox.answer("crictl", "case $* in *a/b:1) exit 1;; esac");
    expect(await sandbox.host().ask(missingImages(master))).toEqual(["a/b:1"]);
  });
});
