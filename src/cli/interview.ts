import { familyOf } from "../address.js";
import type { DraftMachine, DraftSsh } from "../init/draft.js";
import {
  givenMachines,
  parseVip,
  type Choices,
  type Login,
  type Lookups,
  type Vip,
} from "../init/choices.js";
import { loadBalancersOf, needsVip, proposedVip } from "../init/endpoint.js";
import type { Found } from "../init/found.js";
import { inventoryText } from "../init/inventory-text.js";
import { propose } from "../init/propose.js";
import { readFound } from "../init/read-found.js";
import type { ReadOnlyHost } from "../machine/host.js";
import { namesOf, resolved } from "../machine/network.js";
import { askLine } from "./ask.js";
import { withMaster } from "./one-master.js";
import { UsageError } from "./usage.js";

/** The options that name what only the operator knows. */
interface Options {
  readonly join?: readonly string[] | undefined;
  readonly lb?: readonly string[] | undefined;
  readonly vip?: string | undefined;
}

/** Looks at a running master, asks on a terminal for what no option names, and returns the inventory's text. */
export async function interview(login: Login, options: Options, ssh: DraftSsh): Promise<string> {
  const vip = options.vip === undefined ? undefined : parseVip(options.vip);
  return withMaster(login, ssh, async (fleet) => {
    const found = await readFound(fleet, login.text);
    process.stderr.write(`${summary(found)}\n`);
    const choices = await choose(found, options, { vip, ssh, lookups: lookups(fleet.firstMaster) });
    const { address } = found.nodes[0];
    return inventoryText(
      propose(found, choices, {
        isProposal: vip === undefined && choices.vip?.address === proposedVip(found, choices),
        ...(login.host !== address && { masterSsh: { address: login.host } }),
      }),
    );
  });
}

function lookups(master: ReadOnlyHost): Lookups {
  return {
    where: master.name,
    addressOf: async (name) => (await master.ask(resolved(name, familyOf(master.address) ?? "ipv4")))[0],
    namesOf: (address) => master.ask(namesOf(address)),
  };
}

function summary({ kubernetesVersion, nodes, etcd, endpoint }: Found): string {
  const names = nodes.map(
    ({ name, address, isMaster }) => `${name} (${isMaster ? "master, " : ""}${address})`,
  );
  const at = endpoint === undefined ? "no endpoint" : `endpoint ${endpoint.host}:${endpoint.port}`;
  return `found: Kubernetes ${kubernetesVersion}, ${etcd === "external" ? "external etcd, " : ""}${at}: ${names.join(", ")}`;
}

interface Given {
  readonly vip: Vip | undefined;
  readonly ssh: DraftSsh;
  readonly lookups: Lookups;
}

/**
 * The operator's choices, from the options, or from answers on a terminal.
 * @throws UsageError if the VIP is missing and there is no terminal to ask on; InvalidChoice
 */
export async function choose(
  found: Found,
  options: Options,
  { vip, ssh, lookups: names }: Given,
): Promise<Choices> {
  const isTerminal = process.stdin.isTTY;
  const masters = found.nodes.filter(({ isMaster }) => isMaster).length;
  const joining = (texts: readonly string[]): Promise<DraftMachine[]> =>
    givenMachines(texts, { lookups: names, stem: "master-", first: masters + 1 });
  const balancing = (texts: readonly string[]): Promise<DraftMachine[] | "external"> | "external" =>
    texts.length === 1 && texts[0] === "external"
      ? "external"
      : givenMachines(texts, { lookups: names, stem: "lb-", first: 1 });
  const join =
    options.join !== undefined
      ? await joining(options.join)
      : isTerminal
        ? await askLine(
            "Machines that are to become masters (NAME=ADDRESS or a name, separated by spaces; two for three masters): ",
            (line) => joining(words(line)),
          )
        : [];
  const usual = loadBalancersOf(found, {}) === "external" ? "what serves the endpoint now" : "the masters";
  const loadBalancers =
    options.lb !== undefined
      ? await balancing(options.lb)
      : isTerminal
        ? await askLine(
            `Machines for load balancers, or external (NAME=ADDRESS or a name; Enter: ${usual}): `,
            (line) => (line === "" ? undefined : balancing(words(line))),
          )
        : undefined;
  const choices = { join, ssh, ...(loadBalancers !== undefined && { loadBalancers }) };
  if (vip !== undefined) return { ...choices, vip };
  return needsVip(found, choices) ? { ...choices, vip: await chosenVip(found, choices) } : choices;
}

async function chosenVip(found: Found, choices: Choices): Promise<Vip> {
  const proposal = proposedVip(found, choices);
  if (!process.stdin.isTTY) {
    const free =
      proposal === undefined
        ? ""
        : `; ${proposal} seems to be free: no node has it, and nothing answers at it`;
    throw new UsageError(`the VIP, a free address for the API, must be chosen${free}`, {
      hint: `pass --vip ${proposal ?? "ADDRESS"}, if whoever runs the network agrees`,
    });
  }
  const offer = proposal === undefined ? "" : `; Enter: ${proposal}, which seems to be free`;
  return askLine(
    `The VIP, a free address in the load balancers' network (ADDRESS or ADDRESS:PORT${offer}): `,
    (line) => parseVip(line === "" ? (proposal ?? "") : line),
  );
}

function words(line: string): string[] {
  return line.split(/\s+/).filter((word) => word !== "");
}
