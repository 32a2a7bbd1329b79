import { parse } from "yaml";
import { InvalidFile } from "../../config-source/invalid-file.js";
import { parseChecked } from "../../config-source/parse-checked.js";
import { hostPort } from "../../address.js";
import { APISERVER_PORT } from "../../ports.js";
import { InvalidChoice, parseVip, type Choices } from "../choices.js";
import type { Draft } from "../draft.js";
import { PORT_ON_MASTERS } from "../endpoint.js";
import { ansibleYaml, readYamlGroups } from "./ansible-yaml.js";
import { fromAnsible, type Resolve } from "./ansible.js";
import { readIni } from "./ansible-ini.js";
import type { Listed } from "./machines.js";
import { fromNodes, nodeList } from "./nodes.js";

const HINT = "docs/inventory.md lists the formats that are read";

/**
 * Reads an inventory of another program: Ansible's in INI or YAML, or the output of `kubectl get nodes`.
 * @throws InvalidFile if it is none of these, or has no master
 */
export async function readListed(text: string, file: string, resolve: Resolve): Promise<Listed> {
  const listed = await read(text, file, resolve);
  if ("unknown" in listed) {
    const message = `no address is known of ${listed.unknown.join(", ")}: the names do not resolve, and there is no ansible_host or ip`;
    throw new InvalidFile(file, [{ message }], { hint: HINT });
  }
  if (listed.masters.length > 0) return listed;
  const message =
    "no masters: expected a group such as kube_control_plane or masters with hosts, or a node with the control-plane label";
  throw new InvalidFile(file, [{ message }], { hint: HINT });
}

async function read(
  text: string,
  file: string,
  resolve: Resolve,
): Promise<Awaited<ReturnType<typeof fromAnsible>>> {
  const top = mapping(text);
  if (top === undefined) {
    const { groups, problems } = readIni(text);
    if (problems.length > 0) throw new InvalidFile(file, problems, { hint: HINT });
    if (groups.size === 0)
      throw new InvalidFile(file, [{ line: 1, column: 1, message: "the file is empty" }], { hint: HINT });
    return fromAnsible(groups, resolve);
  }
  if ("cluster" in top && "controlPlane" in top)
    throw new InvalidFile(file, [{ line: 1, column: 1, message: "this is an inventory for k8s-ha already" }]);
  if ("kind" in top) return fromNodes(parseChecked(text, file, nodeList, HINT));
  return fromAnsible(readYamlGroups(parseChecked(text, file, ansibleYaml, HINT)), resolve);
}

/** The keys of a YAML mapping; `undefined` for INI, which YAML reads as something else or not at all. */
function mapping(text: string): object | undefined {
  if (/^\s*\[[\w.:-]+\]\s*$/m.test(text)) return undefined;
  try {
    const top: unknown = parse(text, { logLevel: "silent" });
    return typeof top === "object" && top !== null && !Array.isArray(top) ? top : undefined;
  } catch {
    // Broken YAML is reported with its position, unless it looks like INI.
    return /^[\w-]+:/m.test(text) ? {} : undefined;
  }
}

/**
 * The inventory for machines of another program's, with comments.
 * @throws InvalidChoice if nothing says what the endpoint is
 */
export function converted(listed: Listed, file: string, choices: Choices): Draft {
  const given = choices.vip ?? (listed.endpoint === undefined ? undefined : parseVip(listed.endpoint));
  if (given === undefined) {
    throw new InvalidChoice(`${listed.format} does not say what the VIP is, a free address for the API`, {
      hint: "pass --vip ADDRESS or ADDRESS:PORT; `k8s-ha init` looks for a free one",
    });
  }
  const loadBalancers =
    choices.loadBalancers ?? (listed.loadBalancers.length > 0 ? listed.loadBalancers : "masters");
  const usual = loadBalancers === "masters" ? PORT_ON_MASTERS : APISERVER_PORT;
  return {
    head: [
      `Inventory for k8s-ha, written by \`k8s-ha inventory convert\` from ${listed.format}, ${file}. Next:`,
      "    k8s-ha plan -i inventory.yaml",
      "All other keys have their defaults; docs/inventory.md explains them.",
      ...listed.notes,
    ],
    cluster: [{ notes: [], key: "endpoint", value: hostPort(given.address, given.port ?? usual) }],
    masters: [...listed.masters, ...choices.join],
    mastersNotes: [
      "The first one must be a running master, and each name the node's in Kubernetes, each address its own (`kubectl get nodes -o wide`).",
    ],
    loadBalancers,
    loadBalancersNotes:
      loadBalancers === "masters"
        ? [
            "haproxy and keepalived run on the masters, because no other machines are known. For dedicated machines: `--lb`.",
          ]
        : [],
    loadBalancer: [],
    workers: listed.workers,
    workersNotes: [],
    kubeadm: [],
    ssh: { ...listed.ssh, ...choices.ssh },
  };
}
