import { basename, dirname } from "node:path";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { BIND_ADDRESS_PATCH, bindAddressPatch, PATCHES } from "../../src/config-files/bind-address-patch.js";

it("is a JSON patch of the apiserver's manifest, by its name and by its content", () => {
  expect(dirname(BIND_ADDRESS_PATCH)).toBe(PATCHES);
  // parseFilename in cmd/kubeadm/app/util/patches/patches.go of 1.20.2.
  const name = /^(etcd|kube-apiserver)([^.+\n]*)?(\+)?(json|merge|strategic)?.*\.(json|yaml)$/;
  expect(name.exec(basename(BIND_ADDRESS_PATCH))?.slice(1)).toEqual([
    "kube-apiserver",
    "-bind-address",
    "+",
    "json",
    "yaml",
  ]);
  expect(parse(bindAddressPatch("10.88.0.12"))).toEqual([
    { op: "add", path: "/spec/containers/0/command/-", value: "--bind-address=10.88.0.12" },
  ]);
});
