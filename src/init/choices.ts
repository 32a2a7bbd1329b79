import { canonical, familyOf, splitHostPort } from "../address.js";
import { Failure } from "../failure.js";
import { isName, isUnicast } from "../inventory/values.js";
import type { DraftMachine, DraftSsh } from "./draft.js";

/** A choice of the operator that cannot be used; the hint names the option. */
export class InvalidChoice extends Failure {}

/** What only the operator knows. */
export interface Choices {
  /** Machines that are to become masters. */
  readonly join: readonly DraftMachine[];
  /** `undefined`: not chosen. */
  readonly loadBalancers?: readonly DraftMachine[] | "external";
  readonly vip?: Vip;
  readonly ssh: DraftSsh;
}

/** The VIP, and the endpoint's port if it is chosen too. */
export interface Vip {
  readonly address: string;
  readonly port?: number;
}

/** Reads `ADDRESS` or `ADDRESS:PORT`. @throws InvalidChoice */
export function parseVip(text: string): Vip {
  const { host, port } = splitHostPort(text);
  const address = canonical(host);
  if (!isUnicast(address) || (port !== undefined && (port < 1 || port > 65535)))
    throw new InvalidChoice(`${text} is not ADDRESS or ADDRESS:PORT`, {
      hint: "such as --vip 192.168.1.100",
    });
  return { address, ...(port !== undefined && { port }) };
}

/** A login as `USER@HOST:PORT`, of which only the host is required. */
export interface Login {
  readonly text: string;
  readonly user?: string;
  readonly host: string;
  readonly port?: number;
}

/** Reads `[USER@]HOST[:PORT]`. @throws InvalidChoice */
export function parseLogin(text: string): Login {
  const at = text.lastIndexOf("@");
  const user = at < 0 ? undefined : text.slice(0, at);
  const { host, port } = splitHostPort(text.slice(at + 1));
  if (host === "" || user === "" || /\s/.test(text))
    throw new InvalidChoice(`${text} is not USER@MASTER`, { hint: "such as --from admin@192.168.1.11" });
  return {
    text,
    host: canonical(host),
    ...(user !== undefined && { user }),
    ...(port !== undefined && { port }),
  };
}

/** How names and addresses of machines are found out. */
export interface Lookups {
  /** The address of a name; `undefined` if it does not resolve. */
  readonly addressOf: (name: string) => Promise<string | undefined>;
  /** The names of an address, the full one first; empty if it has none. */
  readonly namesOf: (address: string) => Promise<readonly string[]>;
  /** Where this was asked, for messages. */
  readonly where: string;
}

/**
 * Machines as the operator names them: `NAME=ADDRESS`, `NAME=ADDRESS,SECONDADDRESS`, an address, or a name that
 * resolves.
 * @param stem of the name of a machine whose own name is not known
 * @throws InvalidChoice for a name that does not resolve
 */
export async function givenMachines(
  texts: readonly string[],
  { lookups, stem, first }: { readonly lookups: Lookups; readonly stem: string; readonly first: number },
): Promise<DraftMachine[]> {
  return Promise.all(
    texts.map(async (text, index): Promise<DraftMachine> => {
      const [, name, list = text] = /^([^=]+)=(.*)$/.exec(text) ?? [];
      const [given = "", second, ...more] = list.split(",").map(canonical);
      const secondAddress = second === undefined ? {} : { secondAddress: second };
      const isAddress = familyOf(given) !== undefined;
      if (more.length > 0 || (name !== undefined && !isAddress) || (!isAddress && !isName(given)))
        throw new InvalidChoice(`${text} is not NAME=ADDRESS, an address, or a name`, {
          hint: "such as master2=192.168.1.12",
        });
      if (name !== undefined) return { notes: [], name, address: given, ...secondAddress };
      if (!isAddress) {
        const address = await lookups.addressOf(given);
        if (address !== undefined)
          return { notes: [], name: given, address: canonical(address), ...secondAddress };
        throw new InvalidChoice(`${given} does not resolve on ${lookups.where}`, {
          hint: `write it with its address: ${given}=ADDRESS`,
        });
      }
      const names = (await lookups.namesOf(given)).map((one) => one.toLowerCase()).filter(isName);
      // The host name of a machine is usually the first part of its full name.
      const own = names
        .map((one) => one.split(".")[0] ?? "")
        .find((one) => one !== "" && one !== "localhost");
      return own === undefined
        ? {
            notes: [`The name of ${given} is not known: \`hostname\` shows it there.`],
            name: `${stem}${first + index}`,
            address: given,
            ...secondAddress,
          }
        : { notes: [], name: own, address: given, ...secondAddress };
    }),
  );
}
