import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { desiredClusterConfiguration } from "../../src/config-files/cluster-configuration.js";

const desired = {
  endpoint: "192.168.1.100:6443",
  certSANs: ["192.168.1.100", "192.168.1.11"],
  advertiseAddress: "192.168.1.100",
};

/** The format of kubeadm 1.20.2 in the ConfigMap kubeadm-config. */
const v1beta2 = `apiServer:
  extraArgs:
    authorization-mode: Node,RBAC
  timeoutForControlPlane: 4m0s
apiVersion: kubeadm.k8s.io/v1beta2
certificatesDir: /etc/kubernetes/pki
clusterName: kubernetes
controllerManager: {}
dns:
  type: CoreDNS
etcd:
  local:
    dataDir: /var/lib/etcd
imageRepository: k8s.gcr.io
kind: ClusterConfiguration
kubernetesVersion: v1.20.2
networking:
  dnsDomain: cluster.local
  podSubnet: 10.244.0.0/16
  serviceSubnet: 10.96.0.0/12
scheduler: {}
`;

describe("a ClusterConfiguration as kubeadm wrote it", () => {
  it("gets endpoint, SANs and advertise-address, and keeps all other bytes", () => {
    expect(desiredClusterConfiguration(v1beta2, desired)).toBe(
      `${v1beta2.replace(
        "    authorization-mode: Node,RBAC\n  timeoutForControlPlane: 4m0s\n",
        `    authorization-mode: Node,RBAC
    advertise-address: 192.168.1.100
  timeoutForControlPlane: 4m0s
  certSANs:
  - 192.168.1.100
  - 192.168.1.11
`,
      )}controlPlaneEndpoint: 192.168.1.100:6443\n`,
    );
  });

  it("gets a list entry for the flag in v1beta4, with empty sections expanded", () => {
    const text = `apiServer: {}
# why this cluster is as it is
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration # kept
`;
    expect(desiredClusterConfiguration(text, desired)).toBe(`apiServer:
  certSANs:
  - 192.168.1.100
  - 192.168.1.11
  extraArgs:
  - name: advertise-address
    value: 192.168.1.100
# why this cluster is as it is
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration # kept
controlPlaneEndpoint: 192.168.1.100:6443
`);
  });

  it.each(["", "apiServer:\n", "apiServer: {}\n", "apiServer: {certSANs: [], extraArgs: {}}\n"])(
    "gets the missing section: %j",
    (section) => {
      const text = `apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\n${section}`;
      expect(parse(desiredClusterConfiguration(text, desired))).toEqual({
        apiVersion: "kubeadm.k8s.io/v1beta3",
        kind: "ClusterConfiguration",
        controlPlaneEndpoint: "192.168.1.100:6443",
        apiServer: {
          certSANs: ["192.168.1.100", "192.168.1.11"],
          extraArgs: { "advertise-address": "192.168.1.100" },
        },
      });
    },
  );

  it("drops the flag, and its empty section, if each master advertises itself", () => {
    const given = desiredClusterConfiguration(
      v1beta2.replace("    authorization-mode: Node,RBAC\n", ""),
      desired,
    );
    const node = parse(desiredClusterConfiguration(given, { ...desired, advertiseAddress: undefined })) as {
      apiServer: object;
    };
    expect(node.apiServer).toEqual({ timeoutForControlPlane: "4m0s", certSANs: desired.certSANs });
  });

  it.each([
    v1beta2,
    v1beta2
      .replace("v1beta2", "v1beta4")
      .replace("    authorization-mode: Node,RBAC\n", "  - name: authorization-mode\n    value: Node,RBAC\n"),
  ])("sets the single etcd of all apiservers, and keeps it if not given", (text) => {
    const etcdServers = "https://192.168.1.11:2379";
    const given = desiredClusterConfiguration(text, { ...desired, etcdServers });
    expect(given).toMatch(/etcd-servers(: |\n *value: )https:\/\/192\.168\.1\.11:2379\n/);
    expect(desiredClusterConfiguration(given, { ...desired, etcdServers })).toBe(given);
    expect(desiredClusterConfiguration(given, desired)).toBe(given);
    expect(desiredClusterConfiguration(text, desired)).not.toContain("etcd-servers");
  });

  it("keeps one of several entries for the flag, in its place", () => {
    const text = stringify({
      apiVersion: "kubeadm.k8s.io/v1beta4",
      kind: "ClusterConfiguration",
      apiServer: {
        extraArgs: [
          { name: "a", value: "1" },
          { name: "advertise-address", value: "10.0.0.1" },
          { name: "a", value: "2" },
          { name: "advertise-address", value: "10.0.0.2" },
        ],
      },
    });
    const args = (address: string | undefined) =>
      (parse(desiredClusterConfiguration(text, { ...desired, advertiseAddress: address })) as ApiServer)
        .apiServer.extraArgs;
    expect(args("10.0.0.3")).toEqual([
      { name: "a", value: "1" },
      { name: "advertise-address", value: "10.0.0.3" },
      { name: "a", value: "2" },
    ]);
    expect(args(undefined)).toEqual([
      { name: "a", value: "1" },
      { name: "a", value: "2" },
    ]);
  });
});

interface ApiServer {
  apiServer: { extraArgs: unknown };
}

describe("invalid input", () => {
  it.each([
    [
      "an older version",
      "apiVersion: kubeadm.k8s.io/v1beta1\nkind: ClusterConfiguration\n",
      /unknown apiVersion/,
    ],
    ["no version", "kind: ClusterConfiguration\n", /unknown apiVersion/],
    ["another kind", "apiVersion: kubeadm.k8s.io/v1beta3\nkind: InitConfiguration\n", /kind/],
    ["an empty text", "", /the ClusterConfiguration does not have kubeadm's format/],
    ["two documents", `${v1beta2}---\n${v1beta2}`, /not valid YAML/],
    [
      "a list of SANs that is not a list",
      v1beta2.replace("extraArgs:", "certSANs: x\n  extraArgs:"),
      /certSANs/,
    ],
    [
      "flags in the format of another version",
      v1beta2.replace("v1beta2", "v1beta4"),
      /does not have the format of its apiVersion/,
    ],
  ])("is refused: %s", (_what, text, message) => {
    expect(() => desiredClusterConfiguration(text, desired)).toThrow(message);
  });
});

describe("any ClusterConfiguration", () => {
  const api = fc.constantFrom(2, 3, 4);
  const address = fc.ipV4();
  const sans = fc.array(fc.oneof(address, fc.domain()), { maxLength: 4 });
  const flags = fc.dictionary(fc.stringMatching(/^[a-z][a-z-]{0,10}$/), fc.string(), { maxKeys: 3 });
  const other = fc.dictionary(
    fc.stringMatching(/^x[A-Za-z]{1,8}$/),
    fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.string()), fc.object()),
  );
  const config = fc
    .record({
      version: api,
      certSANs: fc.option(sans),
      flags: fc.option(flags),
      own: fc.option(address),
      other,
      more: other,
    })
    .map(({ version, certSANs, flags: given, own, other: rest, more }) => {
      const all = { ...given, ...(own !== null && { "advertise-address": own }) };
      const list = Object.entries(all).map(([name, value]) => ({ name, value }));
      return {
        ...rest,
        apiVersion: `kubeadm.k8s.io/v1beta${version}`,
        kind: "ClusterConfiguration",
        apiServer: {
          ...more,
          ...(certSANs !== null && { certSANs }),
          ...(given !== null && { extraArgs: version === 4 ? list : all }),
        },
      };
    });
  const wish = fc.record({
    endpoint: address.map((ip) => `${ip}:6443`),
    certSANs: sans,
    advertiseAddress: fc.option(address, { nil: undefined }),
  });

  type Parsed = Record<string, unknown> & {
    apiServer?: { certSANs?: string[]; extraArgs?: unknown } & Record<string, unknown>;
  };

  /** Everything except what the function changes. */
  function untouched(config: Parsed): unknown {
    const args = config.apiServer?.extraArgs ?? {};
    const list = Array.isArray(args)
      ? (args as { name: string }[]).filter(({ name }) => name !== "advertise-address")
      : Object.entries(args).filter(([name]) => name !== "advertise-address");
    const without = { certSANs: undefined, extraArgs: undefined };
    return {
      ...config,
      controlPlaneEndpoint: undefined,
      apiServer: { ...config.apiServer, ...without },
      list,
    };
  }

  it("has the requested settings, and everything else unchanged", () => {
    fc.assert(
      fc.property(config, wish, (given, wanted) => {
        const text = stringify(given);
        const changed = parse(desiredClusterConfiguration(text, wanted)) as Parsed;
        expect(changed["controlPlaneEndpoint"]).toBe(wanted.endpoint);
        const before = (parse(text) as Parsed).apiServer?.certSANs ?? [];
        const added = new Set(wanted.certSANs.filter((san) => !before.includes(san)));
        expect(changed.apiServer?.certSANs ?? []).toEqual([...before, ...added]);
        expect(untouched(changed)).toEqual(untouched(parse(text) as Parsed));
      }),
    );
  });

  it("is unchanged byte for byte the second time", () => {
    fc.assert(
      fc.property(config, wish, fc.boolean(), (given, wanted, indentSeq) => {
        const once = desiredClusterConfiguration(stringify(given, { indentSeq }), wanted);
        expect(desiredClusterConfiguration(once, wanted)).toBe(once);
      }),
    );
  });
});
