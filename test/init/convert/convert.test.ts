import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { InvalidChoice, type Choices } from "../../../src/init/choices.js";
import { converted, readListed } from "../../../src/init/convert/convert.js";
import { inventoryText } from "../../../src/init/inventory-text.js";
import { parseInventory } from "../../../src/inventory/load.js";
import type { Inventory } from "../../../src/inventory/schema.js";

const resolve = (name: string): Promise<string | undefined> =>
  Promise.resolve(name === "named" ? "10.0.0.77" : undefined);
const VIP: Choices = { join: [], ssh: {}, vip: { address: "10.0.0.100" } };

async function convert(text: string, choices = VIP): Promise<Inventory> {
  const listed = await readListed(text, "hosts", resolve);
  return parseInventory(inventoryText(converted(listed, "hosts", choices)), "inventory.yaml").inventory;
}

const failure = (text: string): Promise<string> =>
  convert(text).then(
    () => "none",
    (error: unknown) => (error as Error).message,
  );

const names = (all: readonly { name: string; address: string }[]): string[] =>
  all.map(({ name, address }) => `${name} ${address}`);

const KUBESPRAY = `
# ## Configure 'ip' variable to bind kubernetes services on a different ip
[all]
node1 ansible_host=95.54.0.12 ip=10.3.0.1 etcd_member_name=etcd1
node2 ansible_host=95.54.0.13 ip=10.3.0.2
node3 ansible_host=95.54.0.14 ip=10.3.0.3
node4 ansible_host=95.54.0.15 ip=10.3.0.4 ansible_user=other
bastion ansible_host=1.2.3.4 ansible_user=some_user

[kube_control_plane]
node1
node2
node3

[etcd:children]
kube_control_plane

[kube_node]
node3
node4

[k8s_cluster:children]
kube_control_plane
kube_node

[k8s_cluster:vars]
ansible_user = admin
ansible_ssh_private_key_file="~/.ssh/cluster key"
`;

describe("an Ansible inventory in INI", () => {
  it("of kubespray: groups, addresses and logins", async () => {
    const inventory = await convert(KUBESPRAY);
    expect(names(inventory.controlPlane)).toEqual(["node1 10.3.0.1", "node2 10.3.0.2", "node3 10.3.0.3"]);
    expect(names(inventory.workers)).toEqual(["node4 10.3.0.4"]);
    expect(inventory.controlPlane[0]?.ssh).toMatchObject({ address: "95.54.0.12" });
    expect(inventory.controlPlane[0]?.ssh?.user ?? inventory.ssh.user).toBe("admin");
    expect(inventory.workers[0]?.ssh).toMatchObject({ address: "95.54.0.15", user: "other" });
    expect(inventory.ssh.identityFiles?.[0]).toMatch(/\/\.ssh\/cluster key$/);
    expect(inventory.cluster.endpoint.text).toBe("10.0.0.100:8443");
    expect(names(inventory.loadBalancers)).toEqual(names(inventory.controlPlane));
  });

  it.each([
    ["enix", "kube_control_plane", "kube_nodes"],
    ["old kubespray", "kube-master", "kube-node"],
    ["plain", "masters", "workers"],
    ["plain, other words", "master", "nodes"],
    ["control_plane", "control_plane", "workers"],
  ])("with the groups of %s: %s, %s", async (_, masters, workers) => {
    const inventory = await convert(
      `[${masters}]\nm1 ansible_host=10.0.0.1\n\n[${workers}]\nw[1:2] ansible_port=2222\n[all:vars]\nansible_user=ubuntu\n[${workers}:vars]\nip=\n[lb]\nlb1 ansible_ssh_host=10.0.0.31\n`.replace(
        "w[1:2] ansible_port=2222",
        "w1 ansible_host=10.0.0.21\nw2:2222 ansible_host=10.0.0.22",
      ),
    );
    expect(names(inventory.controlPlane)).toEqual(["m1 10.0.0.1"]);
    expect(names(inventory.workers)).toEqual(["w1 10.0.0.21", "w2 10.0.0.22"]);
    expect(names(inventory.loadBalancers)).toEqual(["lb1 10.0.0.31"]);
    expect(inventory.ssh.user).toBe("ubuntu");
    expect(inventory.workers[1]?.ssh?.port).toBe(2222);
    expect(inventory.cluster.endpoint.text).toBe("10.0.0.100:6443");
  });

  it("with ranges, names that resolve, and addresses as names", async () => {
    const inventory = await convert("[masters]\nnamed\n[workers]\n10.0.0.[21:22]\n");
    expect(names(inventory.controlPlane)).toEqual(["named 10.0.0.77"]);
    expect(names(inventory.workers)).toEqual(["node-10-0-0-21 10.0.0.21", "node-10-0-0-22 10.0.0.22"]);
    const listed = await readListed(
      "[masters]\nnamed\n[workers]\nw[01:03:2].x ip=10.0.0.2\n",
      "hosts",
      resolve,
    );
    expect(listed.workers.map(({ name }) => name)).toEqual(["w01.x", "w03.x"]);
  });

  it("with etcd on other machines: a comment", async () => {
    const listed = await readListed("[masters]\nm1 ip=10.0.0.1\n[etcd]\ne1 ip=10.0.0.9\n", "hosts", resolve);
    expect(listed.notes).toEqual([
      "The group etcd has machines that are no masters: e1. An external etcd stays as it is, and is not in this file.",
    ]);
  });
});

describe("an Ansible inventory in YAML", () => {
  const hosts = stringify({
    all: {
      hosts: {
        node1: { ansible_host: "10.0.0.1", ip: "10.0.0.1" },
        node2: { ip: "10.0.0.2" },
        node3: { ip: "10.0.0.3", ip6: "fd00::3" },
      },
      vars: { ansible_user: "root", loadbalancer_apiserver: { address: "10.0.0.99", port: 8383 } },
      children: {
        kube_control_plane: { hosts: { node1: null } },
        kube_node: { hosts: { node2: {}, node3: null } },
        etcd: { hosts: { node1: null } },
        k8s_cluster: { children: { kube_control_plane: null, kube_node: null } },
        calico_rr: { hosts: {} },
      },
    },
  });

  it("of kubespray: with its load balancer's address", async () => {
    const inventory = await convert(hosts, { join: [], ssh: {} });
    expect(names(inventory.controlPlane)).toEqual(["node1 10.0.0.1"]);
    expect(names(inventory.workers)).toEqual(["node2 10.0.0.2", "node3 10.0.0.3"]);
    expect(inventory.workers[1]?.secondAddress).toBe("fd00::3");
    expect(inventory.ssh.user).toBe("root");
    expect(inventory.cluster.endpoint.text).toBe("10.0.0.99:8383");
  });

  it("that is wrong: line and column", async () => {
    expect(await failure("all:\n  hosts: 3\n")).toMatch(/^hosts:2:10: all\.hosts: expected/);
    expect(await failure("all:\n  hosts: {\n")).toMatch(/^hosts:\d+:\d+: /);
  });
});

describe("the output of kubectl get nodes -o yaml", () => {
  const node = (name: string, created: string, labels: object, ...addresses: string[]): object => ({
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels, creationTimestamp: created },
    status: {
      addresses: [
        ...addresses.map((address) => ({ type: "InternalIP", address })),
        { type: "Hostname", address: name },
      ],
    },
  });
  const master = { "node-role.kubernetes.io/control-plane": "" };
  const list = {
    apiVersion: "v1",
    kind: "List",
    items: [
      node("b2", "2026-02-01T00:00:00Z", {}, "10.0.0.2", "fd00::2"),
      node("a9", "2026-03-01T00:00:00Z", master, "10.0.0.9"),
      node("m1", "2026-01-01T00:00:00Z", master, "10.0.0.1"),
      node("c3", "2026-04-01T00:00:00Z", { "node-role.kubernetes.io/master": "" }, "10.0.0.3"),
      node("six", "2026-04-01T00:00:00Z", {}, "fd00::6"),
    ],
  };

  it.each([
    ["YAML", stringify(list)],
    ["JSON", JSON.stringify(list)],
  ])("in %s: the oldest master first", async (_, text) => {
    const inventory = await convert(text);
    expect(names(inventory.controlPlane)).toEqual(["m1 10.0.0.1", "a9 10.0.0.9", "c3 10.0.0.3"]);
    expect(names(inventory.workers)).toEqual(["b2 10.0.0.2"]);
    expect(inventory.workers[0]?.secondAddress).toBe("fd00::2");
    expect((await readListed(text, "nodes", resolve)).notes).toEqual([
      "The node six has no InternalIP in the masters' IP family, and is missing here.",
    ]);
  });

  it("of a single node", async () => {
    const text = stringify(node("m1", "", master, "10.0.0.1"));
    expect(names((await convert(text)).controlPlane)).toEqual(["m1 10.0.0.1"]);
  });
});

describe("what cannot be converted", () => {
  it("without a VIP, names the option", async () => {
    await expect(convert("[masters]\nm1 ip=10.0.0.1\n", { join: [], ssh: {} })).rejects.toThrow(
      InvalidChoice,
    );
  });

  it.each([
    ["", "hosts:1:1: the file is empty"],
    [
      "[masters]\nm1\n",
      "hosts: no address is known of m1: the names do not resolve, and there is no ansible_host or ip",
    ],
    [
      "[web]\nm1 ip=10.0.0.1\n",
      "hosts: no masters: expected a group such as kube_control_plane or masters with hosts, or a node with the control-plane label",
    ],
    ["[web]\n  [a:b]\n", "hosts:2:3: unknown section [a:b]"],
    ["[a:vars]\nx\n", "hosts:2:1: expected NAME=VALUE"],
    ["cluster: {}\ncontrolPlane: []\n", "hosts:1:1: this is an inventory for k8s-ha already"],
    ["kind: Pod\n", 'hosts:1:7: kind: expected one of List, NodeList, Node, not "Pod"'],
  ])("%j", async (text, message) => {
    expect(await failure(text)).toBe(message);
  });
});
