import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { flag, flags, hostMounts, setFlag, withoutFlag } from "../../src/config-files/static-pod.js";

const manifest = `apiVersion: v1
kind: Pod
metadata:
  annotations:
    kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint: 192.168.1.11:6443
  creationTimestamp: null
spec:
  containers:
  - command:
    - kube-apiserver
    - --advertise-address=192.168.1.11
    - --allow-privileged=true   # kept
    - "--service-account-issuer=https://kubernetes.default"
    - --tls-private-key-file=/etc/kubernetes/pki/apiserver.key
    image: k8s.gcr.io/kube-apiserver:v1.20.2
    livenessProbe:
      httpGet:
        host: 192.168.1.11
status: {}
`;

describe("flag", () => {
  it.each([
    ["advertise-address", "192.168.1.11"],
    ["service-account-issuer", "https://kubernetes.default"],
    ["advertise", undefined],
    ["tls-private-key", undefined],
  ])("%s", (name, value) => {
    expect(flag(manifest, name)).toBe(value);
  });

  it("uses the last of several, and true for one without a value", () => {
    const text = "spec: {containers: [{command: [x, --a=1, --a=2, --b]}]}";
    expect(flag(text, "a")).toBe("2");
    expect(flag(text, "b")).toBe("true");
  });

  it.each(["", "kind: Pod\n", "spec: {containers: []}\n"])("rejects an invalid manifest: %j", (text) => {
    expect(() => flag(text, "a")).toThrow("no spec.containers[0].command");
  });
});

describe("setFlag", () => {
  it("changes one value and no other byte", () => {
    expect(setFlag(manifest, "advertise-address", "192.168.1.100")).toBe(
      manifest.replace("--advertise-address=192.168.1.11", "--advertise-address=192.168.1.100"),
    );
  });

  it("keeps quotes and comments", () => {
    expect(setFlag(manifest, "service-account-issuer", "https://x")).toContain(
      '    - "--service-account-issuer=https://x"\n',
    );
    expect(setFlag(manifest, "allow-privileged", "false")).toContain(
      "    - --allow-privileged=false   # kept\n",
    );
  });

  it("changes nothing if already set", () => {
    expect(setFlag(manifest, "advertise-address", "192.168.1.11")).toBe(manifest);
  });

  it.each([
    ["admission-control", "--advertise-address=", "before the first flag"],
    ["anonymous-auth", '"--service-account-issuer', "in the middle"],
    ["v", "image:", "at the end"],
  ])("adds %s where kubeadm would, %s", (name, next) => {
    const changed = setFlag(manifest, name, "2");
    const lines = changed.split("\n");
    const at = lines.indexOf(`    - --${name}=2`);
    expect(lines[at + 1]).toContain(next);
    expect(lines.toSpliced(at, 1).join("\n")).toBe(manifest);
  });

  it.each(["spec: {containers: [{command: [x, --a=1]}]}", manifest.replace("=192.168.1.11\n", "\n")])(
    "refuses a command that kubeadm did not write",
    (text) => {
      expect(() => setFlag(text, "advertise-address", "1")).toThrow("does not have kubeadm's format");
    },
  );

  it("is read back, and a second time changes nothing", () => {
    const name = fc.stringMatching(/^[a-z]([a-z-]{0,20}[a-z])?$/);
    const value = fc.stringMatching(/^[ -~]{0,40}$/);
    fc.assert(
      fc.property(name, value, (flagName, text) => {
        const changed = setFlag(manifest, flagName, text);
        expect(flag(changed, flagName)).toBe(text);
        expect(setFlag(changed, flagName, text)).toBe(changed);
      }),
    );
  });
});

describe("withoutFlag", () => {
  it("removes its line with its comment, and no other byte", () => {
    expect(withoutFlag(manifest, "allow-privileged")).toBe(
      manifest.replace("    - --allow-privileged=true   # kept\n", ""),
    );
    expect(withoutFlag(manifest, "allow")).toBe(manifest);
  });

  it("removes all of several, and restores the text before the flag was set", () => {
    const name = fc
      .stringMatching(/^[a-z]([a-z-]{0,20}[a-z])?$/)
      .filter((it) => flag(manifest, it) === undefined);
    fc.assert(
      fc.property(name, (it) => {
        expect(withoutFlag(setFlag(manifest, it, "1"), it)).toBe(manifest);
      }),
    );
    const twice = manifest.replace(
      "    image:",
      "    - --bind-address=1\n    - --bind-address=2\n    image:",
    );
    expect(withoutFlag(twice, "bind-address")).toBe(manifest);
  });

  it("rejects a command that kubeadm did not write", () => {
    expect(() => withoutFlag("spec: {containers: [{command: [x, --a=1]}]}", "a")).toThrow(
      "does not have kubeadm's format",
    );
  });
});

describe("flags", () => {
  const list = (key: string, words: readonly string[]) =>
    `spec:\n  containers:\n  - ${key}:\n${words.map((word) => `    - ${JSON.stringify(word)}\n`).join("")}`;

  it.each<[string, string[], [string, string][]]>([
    ["a flag without a value", ["etcd", "--a"], [["a", "true"]]],
    ["a value that is the next word", ["etcd", "--a", "b", "--c=d"], [["a", "b"], ["c", "d"]]], // prettier-ignore
    ["one dash", ["etcd", "-a=b"], [["a", "b"]]],
    ["an underscore", ["kube-apiserver", "--a_b=c_d"], [["a-b", "c_d"]]],
    ["a value with =", ["etcd", "--a=b=c"], [["a", "b=c"]]],
    ["an empty value", ["etcd", "--a="], [["a", ""]]],
    ["a repeated flag", ["etcd", "--a=1", "--a=2"], [["a", "1"], ["a", "2"]]], // prettier-ignore
  ])("reads %s, as command or args", (_, words, expected) => {
    for (const key of ["command", "args"]) expect(flags(list(key, words))).toEqual(expected);
  });
});

it("a manifest without containers is an error that names the fault", () => {
  expect(() => hostMounts("spec: {}")).toThrow(/the static-pod manifest is not valid: .*containers/s);
});
