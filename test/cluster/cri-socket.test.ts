import { describe, expect, it } from "vitest";
import { criSockets, joinSocket } from "../../src/cluster/cri-socket.js";
import { labInventory } from "../steps/inventory.js";

const CONTAINERD = "/run/containerd/containerd.sock";
const CRIO = "/run/crio/crio.sock";
const DOCKER = "/run/docker.sock";
const master = (...runtimeSockets: string[]) => ({ name: "master2", runtimeSockets });
const choosing = (criSocket: string) =>
  labInventory({
    controlPlane: [
      { name: "master1", address: "10.88.0.11" },
      { name: "master2", address: "10.88.0.12", criSocket },
      { name: "master3", address: "10.88.0.13" },
    ],
  });

describe("criSockets", () => {
  it.each([
    ["containerd's, as older versions write it", [CONTAINERD], "v1.20.2", [CONTAINERD]],
    ["containerd's, as newer ones do", [CONTAINERD], "v1.24.0", [`unix://${CONTAINERD}`]],
    [
      "the dockershim's, and not docker's own containerd",
      [CONTAINERD, DOCKER],
      "v1.23.17",
      ["/var/run/dockershim.sock"],
    ],
    ["docker beside CRI-O", [CRIO, DOCKER], "v1.20.2", ["/var/run/dockershim.sock", CRIO]],
    ["none with only docker from 1.24 on", [DOCKER], "v1.24.0", []],
    [
      "cri-dockerd beside docker's containerd",
      [CONTAINERD, "/run/cri-dockerd.sock", DOCKER],
      "v1.30.1",
      [`unix://${CONTAINERD}`, "unix:///run/cri-dockerd.sock"],
    ],
    ["none", [], "v1.20.2", []],
  ])("are %s", (_, there, version, expected) => {
    expect(criSockets(master(...there), version)).toEqual(expected);
  });
});

describe("joinSocket", () => {
  it.each([
    ["the only one", labInventory(), [CRIO], "v1.20.2", CRIO],
    ["the inventory's of several", choosing(CRIO), [CONTAINERD, CRIO], "v1.20.2", CRIO],
    ["as the version writes it", choosing(CRIO), [CONTAINERD, CRIO], "v1.28.0", `unix://${CRIO}`],
    ["as an older version does", choosing(`unix://${CRIO}`), [CONTAINERD, CRIO], "v1.20.2", CRIO],
    ["containerd with docker beside it", choosing(CONTAINERD), [CONTAINERD, DOCKER], "v1.20.2", CONTAINERD],
    ["an unusual one", choosing("/run/own.sock"), [CONTAINERD, "/run/own.sock"], "v1.20.2", "/run/own.sock"],
    [
      "the dockershim's",
      choosing("/var/run/dockershim.sock"),
      [CRIO, DOCKER],
      "v1.20.2",
      "/var/run/dockershim.sock",
    ],
    ["none if there are several", labInventory(), [CONTAINERD, CRIO], "v1.20.2", undefined],
    ["none if there are none", labInventory(), [], "v1.20.2", undefined],
    ["none that does not exist", choosing(CRIO), [CONTAINERD], "v1.20.2", undefined],
  ])("is %s", (_, inventory, there, version, expected) => {
    expect(joinSocket(master(...there), inventory, version)).toBe(expected);
  });
});
