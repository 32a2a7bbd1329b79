import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultMaxconn } from "../../src/inventory/load-balancer.js";
import { loadInventory, parseInventory } from "../../src/inventory/load.js";
import { external, minimal, onMaster, six } from "./minimal.js";
import { problems } from "./problems.js";

describe("a correct inventory", () => {
  it("may have two masters where etcd stays on the first", () => {
    const two = minimal
      .replace("loadB", "  - { name: m2, address: 192.168.1.12 }\nloadB")
      .replace("cluster:\n", "cluster:\n  etcd: first-master\n");
    expect(parseInventory(two, "/etc/k8s-ha/inventory.yaml").inventory.cluster.etcd).toBe("first-master");
  });

  it("gets every default", () => {
    const { inventory } = parseInventory(minimal, "/etc/k8s-ha/inventory.yaml");
    expect(inventory).toEqual({
      cluster: {
        endpoint: {
          host: "192.168.1.100",
          family: "ipv4",
          address: "192.168.1.100",
          port: 6443,
          text: "192.168.1.100:6443",
          url: "https://192.168.1.100:6443",
        },
        certSANs: [],
        advertise: "node",
        etcd: "stacked",
        kubeconfigs: "local",
        pki: "upload-certs",
        hostsEntry: false,
        addOns: "warn",
        certificateReload: "wait",
      },
      loadBalancer: {
        existingConfig: "refuse",
        virtualRouterId: 51,
        vrrp: "multicast",
        selinux: "booleans",
        runAs: "packages",
        images: {
          haproxy: "docker.io/library/haproxy:2.8",
          keepalived: "docker.io/osixia/keepalived:2.0.20",
        },
        stats: { port: 8404 },
        monitor: false,
        servers: { inter: "1s", fastinter: "200ms", downinter: "500ms", fall: 3, rise: 1 },
        timeouts: { connect: "5s", client: "1h", server: "1h" },
        maxconn: 4000,
        ufw: "keep",
      },
      kubeadm: { ignorePreflightErrors: [] },
      backup: {
        hostDirectory: "/var/backups/k8s-ha",
        operatorCopy: "none",
        operatorDirectory: "/etc/k8s-ha/k8s-ha-backups",
      },
      ssh: { transport: "built-in", connectTimeout: "10s" },
      controlPlane: [{ name: "master-1", address: "192.168.1.11" }],
      loadBalancers: [{ name: "lb-1", address: "192.168.1.21" }],
      workers: [],
    });
  });

  it("expands ~ and resolves other paths from the file's directory", () => {
    const { inventory } = parseInventory(
      `${minimal}    ssh: { identityFiles: [keys/lb, /abs] }
ssh: { identityFiles: [~/.ssh/id], knownHostsFiles: [known_hosts], sudoPasswordFile: ../sudo }
backup: { operatorCopy: encrypted, operatorDirectory: ~/copies, passphraseFile: pass }
loadBalancer: { stats: { user: admin, passwordFile: stats-password } }
`,
      "/etc/k8s-ha/inventory.yaml",
    );
    expect(inventory.loadBalancers[0]?.ssh?.identityFiles).toEqual(["/etc/k8s-ha/keys/lb", "/abs"]);
    expect(inventory.ssh).toMatchObject({
      identityFiles: [join(homedir(), ".ssh/id")],
      knownHostsFiles: ["/etc/k8s-ha/known_hosts"],
      sudoPasswordFile: "/etc/sudo",
    });
    expect(inventory.loadBalancer.stats).toMatchObject({ passwordFile: "/etc/k8s-ha/stats-password" });
    expect(inventory.backup).toMatchObject({
      operatorDirectory: join(homedir(), "copies"),
      passphraseFile: "/etc/k8s-ha/pass",
    });
  });

  it("may have an external load balancer, which advertises the masters' own addresses by default", () => {
    const { inventory } = parseInventory(external, "/i.yaml");
    expect(inventory.loadBalancers).toEqual([]);
    expect(inventory.cluster.advertise).toBe("node");
    const chosen = external.replace("6443\n", "6443\n  advertise: endpoint\n");
    expect(parseInventory(chosen, "/i.yaml").inventory.cluster.advertise).toBe("endpoint");
  });

  it("may have its load balancer on a master, which advertises its own address by default", () => {
    const { inventory } = parseInventory(onMaster, "/i.yaml");
    expect(inventory.loadBalancers).toEqual([{ name: "master-1", address: "192.168.1.11" }]);
    expect(inventory.cluster.advertise).toBe("node");
  });

  it("may have its load balancer on a master on the apiserver's port, and advertise the VIP", () => {
    const shared = onMaster.replace("8443", "6443");
    expect(parseInventory(shared, "/i.yaml").inventory.cluster.advertise).toBe("node");
    const announced = shared.replace("6443\n", "6443\n  advertise: endpoint\n");
    expect(parseInventory(announced, "/i.yaml").inventory.cluster.advertise).toBe("endpoint");
  });

  it("may share settings of several hosts with an anchor", () => {
    const text = `${minimal}    ssh: &login { user: ops }
workers:
  - { name: w1, address: 192.168.1.31, ssh: *login }
`;
    expect(parseInventory(text, "i.yaml").inventory.workers[0]?.ssh).toEqual({ user: "ops" });
  });
});

describe("IPv6 addresses", () => {
  it("are stored in canonical form", () => {
    const text = `${six.replace("[fd00:88::100]", "[FD00:0088::0100]").replace("fd00:88::21", "fd00:88:0:0::21")}    ssh: { address: "FD00:99::21" }\n`;
    const { inventory } = parseInventory(
      text.replace("6443'\n", "6443'\n  certSANs: ['FD00:88::0:5', api.example.org]\n"),
      "/etc/k8s-ha/inventory.yaml",
    );
    expect(inventory.cluster).toMatchObject({
      endpoint: { text: "[fd00:88::100]:6443" },
      certSANs: ["fd00:88::5", "api.example.org"],
    });
    expect(inventory.loadBalancers).toMatchObject([
      { address: "fd00:88::21", ssh: { address: "fd00:99::21" } },
    ]);
  });

  it("must be unique, in any spelling", () => {
    expect(problems(six.replace("fd00:88::21", "FD00:88:0::11"))).toEqual([
      expect.stringContaining(
        "8:14: loadBalancers[0].address: fd00:88::11 is already used by controlPlane[0]",
      ),
    ]);
    expect(problems(six.replace("fd00:88::100", "FD00:88:0::11"))).toEqual([
      expect.stringContaining("2:13: cluster.endpoint: fd00:88::11 is the address of controlPlane[0]"),
    ]);
  });
});

describe("YAML errors", () => {
  it.each([
    ["a duplicate key", "cluster: {}\ncluster: {}\n", "2:1: duplicate key"],
    ["a tab", "cluster:\n\tendpoint: x\n", "2:1: this line is indented with a tab"],
    ["a second document", "a: 1\n---\nb: 1\n", "2:1: a second document begins here"],
    ["an open quote", 'a: "x\n', "2:1: Missing closing"],
    ["an unknown tag", "a: !env X\n", "1:4: Unresolved tag: !env"],
    ["an alias without an anchor", "a: *x\n", "1:4: no anchor &x before this alias *x"],
    ["a list at the top level", "- a\n", "1:1: expected key: value lines"],
  ])("%s", (_what, text, message) => {
    expect(problems(text)[0]).toContain(`inventory.yaml:${message}`);
  });

  it.each(["", "\n\n", "# only a comment\n", "---\n"])("an empty file: %j", (text) => {
    expect(problems(text)).toEqual(["inventory.yaml:1:1: the file is empty"]);
  });
});

describe("schema errors", () => {
  it("are reported at once, in the file's order, with positions", () => {
    const text = `cluster:
  endpoint: 192.168.1.100
  advertise: vip
  sans: [a]
loadBalancer:
  virtualRouterId: 0
  maxconn: "many"
  stats:
    prot: 1
  timeouts: { client: 0s, server: 999h }
backup:
ssh: { port: 70000, identityFiles: [~root/key] }
controlPlane:
  - address: 192.168.1.300
  - name: 7
    address: 192.168.1.12
loadBalancers: {}
`;
    expect(problems(text)).toEqual([
      "inventory.yaml:2:13: cluster.endpoint: expected ADDRESS:PORT such as 192.168.1.100:6443 or [fd00:88::100]:6443, or NAME:PORT such as api.example.org:6443: an IP address (an IPv6 one in brackets) or a DNS name in lower case, a port from 1 to 65535",
      'inventory.yaml:3:14: cluster.advertise: expected one of node, endpoint, not "vip"',
      "inventory.yaml:4:3: unknown key sans in cluster",
      "inventory.yaml:6:20: loadBalancer.virtualRouterId: expected 1 or more",
      'inventory.yaml:7:12: loadBalancer.maxconn: expected a number, not "many"',
      "inventory.yaml:9:5: unknown key prot in loadBalancer.stats",
      "inventory.yaml:10:23: loadBalancer.timeouts.client: expected a duration such as 5s, 10m or 1h",
      "inventory.yaml:10:35: loadBalancer.timeouts.server: expected less than 25 days",
      "inventory.yaml:11:1: backup: has no value; set one or remove the key",
      "inventory.yaml:12:14: ssh.port: expected 65535 or less",
      "inventory.yaml:12:37: ssh.identityFiles[0]: expected a path; ~ expands only to your own home directory",
      "inventory.yaml:14:5: controlPlane[0].name: is missing",
      "inventory.yaml:14:14: controlPlane[0].address: expected a machine's IP address such as 192.168.1.10 or fd00:88::10; loopback and link-local addresses are not supported",
      "inventory.yaml:15:11: controlPlane[1].name: expected a string, not 7 (put it in quotes)",
      "inventory.yaml:17:16: loadBalancers: expected a list (- item), not a mapping",
    ]);
  });

  it.each([
    ["stats: true", "loadBalancer.stats: expected false, or a mapping with port"],
    ["stats: { port: http }", 'loadBalancer.stats.port: expected a number, not "http"'],
    ["maxconn: 1.5", "loadBalancer.maxconn: expected an integer, not 1.5"],
    ["timeouts: [5s]", "loadBalancer.timeouts: expected a mapping (key: value), not a list"],
    ["__proto__: {}", "unknown key __proto__ in loadBalancer"],
  ])("loadBalancer: { %s }", (setting, message) => {
    expect(problems(`${minimal}loadBalancer:\n  ${setting}\n`).join("\n")).toContain(message);
  });

  it.each([
    "::",
    "::1",
    "fe80::11",
    "FE80::11",
    "febf::1",
    "ff02::1",
    "::ffff:10.0.0.1",
    "fd00::11%eth0",
    "[fd00::11]",
  ])("address %s", (address) => {
    const text = six.replace("address: fd00:88::11", `address: "${address}"`);
    expect(problems(text)).toEqual([
      expect.stringContaining("5:14: controlPlane[0].address: expected a machine's IP"),
    ]);
  });

  it.each([
    "Upper.example",
    "a..b",
    "*.*.example",
    "10.0.0.256",
    "-a",
    "fd00::g",
    "fd00::1%eth0",
    "[fd00::1]",
  ])("certSANs: %s", (san) => {
    expect(problems(minimal.replace("6443\n", `6443\n  certSANs: ["${san}"]\n`))).toHaveLength(1);
  });
});

describe("a load balancer's entry", () => {
  it.each([
    ["{ name: lb-1 }", "7:5: loadBalancers[0].address: is missing"],
    ["{ master: master-1, prio: 2 }", "7:25: unknown key prio in loadBalancers[0]"],
    ["{ name: lb-1, address: 192.168.1.300 }", "7:28: loadBalancers[0].address: expected a machine's"],
    ["master-1", "7:5: loadBalancers[0]: expected a mapping with name and address, or with master"],
  ])("%s is reported by its closest shape", (entry, message) => {
    const text = onMaster.replace(/loadBalancers:[^]*/, `loadBalancers:\n  - ${entry}\n`);
    const found = problems(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`inventory.yaml:${message}`);
  });
});

it.each([
  ["docker.io/library/haproxy:2.8", true],
  ["registry.example.org:5000/lb/haproxy-arm64:2.8-alpine", true],
  ["haproxy:2.8", true],
  [`haproxy@sha256:${"0".repeat(64)}`, true],
  ["haproxy", false],
  ["localhost:5000/haproxy", false],
  ["haproxy:2.8 --privileged", false],
])("image %s: %s", (name, isFine) => {
  const found = problems(`${minimal}loadBalancer: { images: { haproxy: "${name}" } }\n`);
  expect(found).toHaveLength(isFine ? 0 : 1);
});

describe("loadBalancer.maxconn", () => {
  const withNodes = (masters: number, workers: number, more = ""): number => {
    const list = (name: string, count: number): string =>
      Array.from(
        { length: count },
        (_, i) => `  - { name: ${name}-${i}, address: 10.0.${i >> 8}.${i & 255} }\n`,
      ).join("");
    const text = minimal
      .replace(/controlPlane:[^]*loadB/, `controlPlane:\n${list("master", masters)}loadB`)
      .replaceAll("10.0.", "10.1.");
    const all = `${text}workers:\n${list("worker", workers)}${more}`;
    return parseInventory(all, "/etc/k8s-ha/inventory.yaml").inventory.loadBalancer.maxconn;
  };

  it.each([
    [3, 1, 4000],
    [3, 37, 4000],
    [3, 38, 8000],
    [3, 297, 32_000],
  ])("is by default for %i masters and %i workers: %i", (masters, workers, expected) => {
    expect(withNodes(masters, workers)).toBe(expected);
  });

  it("is the inventory's, if set", () => {
    expect(withNodes(3, 297, "loadBalancer: { maxconn: 500 }\n")).toBe(500);
  });

  it("is never more than its maximum", () => {
    expect(defaultMaxconn(100_000)).toBe(1_000_000);
  });
});

describe("a file that cannot be read", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "k8s-ha-inventory-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("is missing", async () => {
    await expect(loadInventory(join(folder, "none"))).rejects.toThrow(/none: no such file$/);
  });
  it("is a directory", async () => {
    await expect(loadInventory(folder)).rejects.toThrow(/: is a directory, not a file$/);
  });
  it("is not UTF-8", async () => {
    const path = join(folder, "latin1.yaml");
    await writeFile(path, Buffer.from("# fine\nname: M\u00fcller\n", "latin1"));
    await expect(loadInventory(path)).rejects.toThrow(/latin1\.yaml:2:8: not UTF-8 text/);
  });
  it("is read in all other cases, including a byte-order mark", async () => {
    const path = join(folder, "good.yaml");
    await writeFile(path, `\uFEFF${minimal}`);
    expect((await loadInventory(path)).path).toBe(path);
  });
});
