import { familyOf, httpsUrl, splitHostPort } from "../../address.js";
import type { Change } from "../../changes/change.js";
import { HOSTS_FILE, withHostsEntry } from "../../config-files/hosts-file.js";
import type { Inventory } from "../../inventory/schema.js";
import { readFile, type FileState } from "../../machine/files.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { httpStatus, resolved } from "../../machine/network.js";
import { clusterConfiguration, parseClusterConfiguration } from "../../cluster/kubeadm-config.js";
import { check, type Problem, type Step } from "../step.js";

interface Facts {
  /** The cluster already uses this name as its endpoint: its clients follow a change of the name at once. */
  readonly isInUse: boolean;
  /** The API answers at the VIP. */
  readonly isUp: boolean;
  /** What the name resolves to on each host; empty if the endpoint is an IP address. */
  readonly hosts: readonly {
    readonly name: string;
    readonly addresses: readonly string[];
    readonly file: FileState | undefined;
  }[];
}

async function facts(fleet: ReadOnlyFleet): Promise<Facts> {
  const { host: name, address, port } = fleet.inventory.cluster.endpoint;
  if (name === address) return { isInUse: false, isUp: false, hosts: [] };
  const [configuration, status, hosts] = await Promise.all([
    clusterConfiguration(fleet),
    fleet.firstMaster.ask(httpStatus(`${httpsUrl(address, port)}/readyz`)),
    Promise.all(
      fleet.hosts().map(async (host) => {
        const [addresses, file] = await Promise.all([
          host.ask(resolved(name, familyOf(address) ?? "ipv4")),
          host.ask(readFile(HOSTS_FILE)),
        ]);
        return { name: host.name, addresses, file };
      }),
    ),
  ]);
  const { controlPlaneEndpoint = "" } = parseClusterConfiguration(configuration);
  return { isInUse: splitHostPort(controlPlaneEndpoint).host === name, isUp: status === 200, hosts };
}

/** Verifies that the endpoint's name resolves to the VIP on every host; writes /etc/hosts with hostsEntry: true. */
export const endpointName: Step<Facts> = {
  id: "endpoint-name",
  title: "Resolve the endpoint's name to the VIP on every host",
  why: "A host that cannot resolve the name loses the API on its next connection.",
  rollout: "together",
  on: "all",
  settleSeconds: 60,
  probe: facts,
  plan(found, inventory) {
    const { host: name, address } = inventory.cluster.endpoint;
    const wrong = found.hosts.filter(({ addresses }) => !isVipOnly(addresses, address));
    if (!inventory.cluster.hostsEntry)
      return { changes: [], problems: wrong.map((host) => problemOf(host, found, inventory)) };
    const changes = wrong.map(({ name: host, file }): Change => {
      const content = withHostsEntry(file?.content ?? "", name, address);
      const { mode = "644", owner = "root:root" } = file ?? {};
      return {
        kind: "file",
        host,
        path: HOSTS_FILE,
        content,
        mode: `0${mode}`,
        owner,
        before: file?.content ?? null,
      };
    });
    return { changes };
  },
  async verify(fleet) {
    const { host: name, address } = fleet.inventory.cluster.endpoint;
    const { hosts } = await this.probe(fleet);
    return hosts.map((host) => check(host.name, `${name} resolves to`, address, inWords(host.addresses)));
  },
};

function isVipOnly(addresses: readonly string[], vip: string): boolean {
  return addresses.length === 1 && addresses[0] === vip;
}

function inWords(addresses: readonly string[]): string {
  return addresses.length === 0 ? "no address" : addresses.join(", ");
}

/** A name that clients already use must not resolve to the VIP before it is up: until then this is a warning. */
function problemOf(
  { name: host, addresses }: Facts["hosts"][number],
  { isInUse, isUp }: Facts,
  inventory: Inventory,
): Problem {
  const { host: name, address } = inventory.cluster.endpoint;
  const entry = `point it to the VIP in DNS, or add "${address} ${name}" to ${HOSTS_FILE} on ${host}`;
  const what = `${name} resolves to ${inWords(addresses)}, not to the VIP ${address}`;
  const other = "or let k8s-ha write that entry: cluster.hostsEntry: true";
  if (isInUse && !isUp) {
    const fix = `clients use the name now, so do not change it before the VIP is up: the run stops at that point; then ${entry}, and continue with --resume; ${other}`;
    return { severity: "warning", host, what, fix };
  }
  return { severity: "blocker", host, what, fix: `${entry}; ${other}` };
}
