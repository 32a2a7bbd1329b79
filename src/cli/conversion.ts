import { lookup } from "node:dns/promises";
import { readText } from "../config-source/read-text.js";
import { givenMachines, parseVip, type Lookups } from "../init/choices.js";
import { converted, readListed } from "../init/convert/convert.js";
import { inventoryText } from "../init/inventory-text.js";

/** The address of a name, as this machine resolves it. */
async function resolveHere(name: string): Promise<string | undefined> {
  return lookup(name).then(
    ({ address }) => address,
    () => undefined,
  );
}

const lookups: Lookups = {
  where: "this machine",
  addressOf: resolveHere,
  namesOf: () => Promise.resolve([]),
};

/** The text of the inventory for the machines in another program's file. @throws InvalidFile, InvalidChoice */
export async function conversion(
  file: string,
  {
    join = [],
    lb,
    vip,
  }: { join?: string[] | undefined; lb?: string[] | undefined; vip?: string | undefined },
): Promise<string> {
  const listed = await readListed(await readText(file), file, resolveHere);
  const isExternal = lb?.length === 1 && lb[0] === "external";
  const choices = {
    join: await givenMachines(join, { lookups, stem: "master-", first: listed.masters.length + 1 }),
    ...(lb !== undefined && {
      loadBalancers: isExternal
        ? ("external" as const)
        : await givenMachines(lb, { lookups, stem: "lb-", first: 1 }),
    }),
    ...(vip !== undefined && { vip: parseVip(vip) }),
    ssh: {},
  };
  return inventoryText(converted(listed, file, choices));
}
