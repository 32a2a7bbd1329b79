import { BlockList } from "node:net";
import { familyOf } from "../../../address.js";
import { itemsWith, type FoundItem } from "../../../cluster/api-search.js";
import { kubeadmFacts, parseClusterConfiguration } from "../../../cluster/kubeadm-config.js";
import {
  type AllowedRanges,
  externalAddresses,
  namesAddress,
  objectName,
  rangesOf,
} from "../../../cluster/address-references.js";
import { holds } from "../../../config-files/kubeadm-versions.js";
import { Failure } from "../../../failure.js";
import type { Inventory } from "../../../inventory/schema.js";
import type { ReadOnlyFleet } from "../../../machine/fleet.js";
import type { Problem } from "../../step.js";
import { blocker, type PreflightCheck } from "../check.js";

interface Facts {
  readonly allowed: readonly AllowedRanges[];
  /** Other objects that name the first master's address: `EndpointSlice default/nfs`. */
  readonly named: readonly string[];
  /** Services whose external or load balancer address is the VIP. */
  readonly vipServices: readonly string[];
  /** Why the objects could not be read. */
  readonly unread?: string;
}

const LISTS = [
  "/apis/networking.k8s.io/v1/networkpolicies",
  "/api/v1/services",
  "/api/v1/configmaps",
  "/apis/apps/v1/daemonsets",
  "/apis/apps/v1/deployments",
  "/apis/apps/v1/statefulsets",
  "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
  "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
];
const SLICES = "/apis/discovery.k8s.io/v1/endpointslices";

/** The objects that name the first master's address other than as an API server, which step `add-ons` searches for. */
export const addressReferences: PreflightCheck<Facts> = {
  id: "address-references",
  probe: async (fleet) => {
    const found = await search(fleet);
    return typeof found === "string"
      ? { allowed: [], named: [], vipServices: [], unread: found }
      : readItems(found, fleet.inventory);
  },
  problems: ({ allowed, named, vipServices, unread }, inventory) => {
    const first = inventory.controlPlane[0];
    const host = first?.name ?? "";
    const address = first?.address ?? "";
    const { endpoint } = inventory.cluster;
    const warning = (what: string, fix: string): Problem => ({ severity: "warning", host, what, fix });
    return [
      ...(unread === undefined
        ? []
        : [
            warning(
              `cannot search for objects that name the first master's address: ${unread}`,
              "run k8s-ha plan to search again",
            ),
          ]),
      ...vipServices.map((name) =>
        blocker(
          host,
          `Service ${name} has the VIP ${endpoint.address} as an external address: nodes redirect its traffic to the Service`,
          "give the Service another address, or choose another VIP",
        ),
      ),
      ...allowed.flatMap((one) => {
        const missing = missingIn(one, address, inventory);
        if (missing.length === 0) return [];
        return [
          warning(
            `NetworkPolicy ${one.policy} allows ${one.direction} ${one.direction === "egress" ? "to" : "from"} the first master (${address}), but not ${missing.join(", ")}`,
            "if pods use the API through this rule, or the API server reaches them through it: add an ipBlock for each of these addresses",
          ),
        ];
      }),
      ...(named.length === 0
        ? []
        : [
            warning(
              `objects name the first master's address ${address}: ${named.join(", ")}`,
              "check each of them: what is only there is lost if the first master fails",
            ),
          ]),
    ];
  },
};

async function search(fleet: ReadOnlyFleet): Promise<readonly FoundItem[] | string> {
  const { inventory, firstMaster } = fleet;
  const { clusterConfiguration } = await kubeadmFacts(fleet);
  const { kubernetesVersion } = parseClusterConfiguration(clusterConfiguration);
  const lists = holds("endpointSlicesV1", kubernetesVersion) ? [...LISTS, SLICES] : LISTS;
  const words = [firstMaster.address, inventory.cluster.endpoint.address, "ipBlock"];
  try {
    return await firstMaster.ask(itemsWith(firstMaster, lists, words));
  } catch (error) {
    // The search only serves warnings and must not stop the migration.
    if (error instanceof Failure) return error.message;
    throw error;
  }
}

function readItems(found: readonly FoundItem[], inventory: Inventory): Facts {
  const { address = "" } = inventory.controlPlane[0] ?? {};
  const named = found.filter((item) => namesAddress(item, address, inventory));
  return {
    allowed: found.filter(({ kind }) => kind === "NetworkPolicy").flatMap(rangesOf),
    named: named.map((item) => `${item.kind} ${objectName(item)}`),
    vipServices: found
      .filter(
        ({ kind, item }) =>
          kind === "Service" && externalAddresses(item).includes(inventory.cluster.endpoint.address),
      )
      .map(objectName),
  };
}

/** The addresses at which pods find the API after the migration, if the policy allows the first master's but not them. */
function missingIn({ blocks }: AllowedRanges, first: string, { cluster, controlPlane }: Inventory): string[] {
  const allows = (address: string): boolean => blocks.some((block) => isIn(address, block));
  if (!allows(first)) return [];
  const masters = controlPlane.map(({ address }) => address);
  const needed = cluster.advertise === "endpoint" ? [...masters, cluster.endpoint.address] : masters;
  return needed.filter((address) => familyOf(address) !== undefined && !allows(address));
}

function isIn(address: string, { cidr, except }: AllowedRanges["blocks"][number]): boolean {
  return contains(cidr, address) && !except.some((range) => contains(range, address));
}

function contains(cidr: string, address: string): boolean {
  const [network = "", prefix] = cidr.split("/");
  const [range, family] = [familyOf(network), familyOf(address)];
  if (range === undefined || family !== range) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), range);
  return list.check(address, range);
}
