import * as z from "zod";
import { expanded, groupOf, type Groups } from "./ansible-groups.js";

const variables = z.record(z.string(), z.unknown());

/** A group of an Ansible inventory in YAML; a part without contents is null. */
interface YamlGroup {
  hosts?: Record<string, z.infer<typeof variables> | null> | null | undefined;
  children?: Record<string, YamlGroup | null> | null | undefined;
  vars?: z.infer<typeof variables> | null | undefined;
}
const group: z.ZodType<YamlGroup> = z.lazy(() =>
  z.looseObject({
    hosts: z.record(z.string(), variables.nullable()).nullish(),
    children: z.record(z.string(), group.nullable()).nullish(),
    vars: variables.nullish(),
  }),
);

/** The schema of an Ansible inventory in YAML: groups by name. */
export const ansibleYaml = z.record(z.string(), group.nullable());

/** The groups of an Ansible inventory in YAML. */
export function readYamlGroups(all: z.infer<typeof ansibleYaml>): Groups {
  const groups: Groups = new Map();
  const read = (name: string, written: YamlGroup | null): void => {
    const own = groupOf(groups, name);
    Object.assign(own.variables, written?.vars ?? {});
    for (const [pattern, values] of Object.entries(written?.hosts ?? {}))
      for (const host of expanded(pattern)) own.hosts.set(host, { ...own.hosts.get(host), ...values });
    for (const [child, inner] of Object.entries(written?.children ?? {})) {
      own.children.add(child);
      read(child, inner);
    }
  };
  for (const [name, written] of Object.entries(all)) read(name, written);
  return groups;
}
