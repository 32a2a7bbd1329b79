import { mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import {
  CONTAINERD,
  crictl,
  CRIO,
  DOCKERSHIM,
  hasImage,
  kubeletSocket,
  pullImage,
  runtimeSockets,
} from "../../src/machine/container-runtime.js";
import { sh } from "../../src/shell/shell.js";
import { Sandbox } from "./sandbox.js";

describe("crictl", () => {
  it.each([
    [
      "the kubelet's own socket",
      'KUBELET_KUBEADM_ARGS="--container-runtime=remote --container-runtime-endpoint=/run/crio/crio.sock --v=2"\n',
      "/run/crio/crio.sock",
    ],
    [
      "an endpoint on the last line",
      'KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=unix:///var/run/cri.sock"\n',
      "unix:///var/run/cri.sock",
    ],
    ["containerd's if kubeadm left none", 'KUBELET_KUBEADM_ARGS="--v=2"\n', `unix://${CONTAINERD}`],
  ])("uses %s", async (_, flags, socket) => {
    using sandbox = new Sandbox();
    sandbox.file("/var/lib/kubelet/kubeadm-flags.env", flags);
    await sandbox.host().run(crictl(sh`pods -q`));
    expect(sandbox.calls()).toEqual([["crictl", "-r", socket, "pods", "-q"]]);
  });

  it("uses containerd if there is no such file", async () => {
    using sandbox = new Sandbox();
    await sandbox.host().run(crictl(sh`pods`));
    expect(sandbox.calls()).toEqual([["crictl", "-r", `unix://${CONTAINERD}`, "pods"]]);
  });
});

describe("kubeletSocket", () => {
  it("is in a separate file from kubeadm 1.34 on", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/var/lib/kubelet/kubeadm-flags.env", 'KUBELET_KUBEADM_ARGS="--v=2"\n');
    sandbox.file("/var/lib/kubelet/config.yaml", 'containerRuntimeEndpoint: ""\n');
    sandbox.file(
      "/var/lib/kubelet/instance-config.yaml",
      `apiVersion: v1\ncontainerRuntimeEndpoint: unix://${CRIO}\n`,
    );
    expect(await sandbox.host().ask(kubeletSocket)).toBe(`unix://${CRIO}`);
  });

  it("is the dockershim's if it exists: it has no flag", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/var/lib/kubelet/kubeadm-flags.env", 'KUBELET_KUBEADM_ARGS="--network-plugin=cni"\n');
    sandbox.file(DOCKERSHIM, "");
    expect(await sandbox.host().ask(kubeletSocket)).toBe(DOCKERSHIM);
  });
});

describe("runtimeSockets", () => {
  it("finds the well-known sockets and the given one, and ignores other files", async () => {
    using sandbox = new Sandbox();
    const listening = ["/run/x.sock", CRIO].map((socket) => {
      mkdirSync(dirname(sandbox.path(socket)), { recursive: true });
      return createServer().listen(sandbox.path(socket));
    });
    sandbox.file(CONTAINERD, "");
    expect(await sandbox.host().ask(runtimeSockets(undefined))).toEqual([CRIO]);
    expect(await sandbox.host().ask(runtimeSockets("/run/x.sock"))).toEqual([CRIO, "/run/x.sock"]);
    for (const server of listening) server.close();
  });
});

describe("images", () => {
  it("use the socket's runtime, and docker if its dockershim does not run yet", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("docker", "");
    for (const socket of [CRIO, `unix://${CRIO}`, DOCKERSHIM]) {
      await sandbox.host().run(sh`${hasImage(socket, sh`a`)}; ${pullImage(socket, "a")}`);
    }
    const crio = ["inspecti a", "pull a"].map((args) => `crictl -r unix://${CRIO} ${args}`);
    expect(sandbox.calls().map((call) => call.join(" "))).toEqual([
      ...crio,
      ...crio,
      "docker image inspect a",
      "docker pull a",
    ]);
  });
});
