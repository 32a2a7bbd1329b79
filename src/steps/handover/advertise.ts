import type { Change } from "../../changes/change.js";
import type { Inventory } from "../../inventory/schema.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { apiGet } from "../../cluster/api.js";
import type { Endpoints } from "../../cluster/kubernetes.js";
import { ADVERTISE_ADDRESS, announced } from "../../cluster/advertised.js";
import { check, type Step } from "../step.js";

interface Facts {
  readonly hosts: readonly {
    readonly name: string;
    readonly address: string;
    readonly advertised: string | undefined;
  }[];
}

async function facts(fleet: ReadOnlyFleet): Promise<Facts> {
  return { hosts: await announced(fleet) };
}

function wanted(inventory: Inventory, address: string): string {
  return inventory.cluster.advertise === "endpoint" ? inventory.cluster.endpoint.address : address;
}

/** Sets the address that the apiservers advertise, as in the inventory; the first master is changed last. */
export const advertise: Step<Facts> = {
  id: "advertise",
  title: "Set the address that the apiservers advertise",
  why: "Pods reach the API through the Service `kubernetes`, whose endpoints are the addresses that the apiservers advertise.",
  requires: [{ steps: ["join"], why: "it restarts apiservers, so more than one must be running" }],
  rollout: "one-by-one",
  on: "masters",
  settleSeconds: 60,
  probe: facts,
  plan: ({ hosts }, inventory) => ({
    changes: hosts.toReversed().flatMap(({ name, address, advertised }): Change[] => {
      const after = wanted(inventory, address);
      if (advertised === undefined || advertised === after) return [];
      return [{ kind: "static-pod-flag", host: name, flag: ADVERTISE_ADDRESS, before: advertised, after }];
    }),
  }),
  async verify(fleet) {
    const [{ hosts }, endpoints] = await Promise.all([
      facts(fleet),
      apiGet<Endpoints>(fleet, "/api/v1/namespaces/default/endpoints/kubernetes"),
    ]);
    const running = hosts.filter(({ advertised }) => advertised !== undefined);
    const expected = [...new Set(running.map(({ address }) => wanted(fleet.inventory, address)))].sort();
    const actual = (endpoints?.subsets ?? [])
      .flatMap(({ addresses }) => (addresses ?? []).map(({ ip }) => ip))
      .sort();
    return [
      ...running.map(({ name, address, advertised }) =>
        check(
          name,
          `--${ADVERTISE_ADDRESS} of the apiserver`,
          wanted(fleet.inventory, address),
          advertised ?? "",
        ),
      ),
      check(
        fleet.firstMaster.name,
        "endpoints of default/kubernetes",
        expected.join(", "),
        actual.join(", "),
      ),
    ];
  },
};
