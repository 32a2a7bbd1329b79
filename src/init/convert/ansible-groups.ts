/** A variable of an Ansible inventory, as its file has it. */
export type Variables = Readonly<Record<string, unknown>>;

/** A group of an Ansible inventory. */
export interface Group {
  /** The host's name → its variables in this group. */
  readonly hosts: Map<string, Variables>;
  readonly children: Set<string>;
  readonly variables: Record<string, unknown>;
}

/** The groups of an Ansible inventory; `all` has every host that no other group has. */
export type Groups = Map<string, Group>;

/** The group of this name, which is added if there is none. */
export function groupOf(groups: Groups, name: string): Group {
  const known = groups.get(name);
  if (known !== undefined) return known;
  const added: Group = { hosts: new Map(), children: new Set(), variables: {} };
  groups.set(name, added);
  return added;
}

/** The names of a group's hosts and those of its children, in the order of the file. */
export function hostsOf(groups: Groups, name: string, seen: ReadonlySet<string> = new Set()): string[] {
  const group = groups.get(name);
  if (group === undefined || seen.has(name)) return [];
  const inner = [...group.children].flatMap((child) => hostsOf(groups, child, new Set([...seen, name])));
  return [...new Set([...group.hosts.keys(), ...inner])];
}

/** A host's variables: its own override those of its groups, and a child group's override its parents'. */
export function variablesOf(groups: Groups, host: string): Variables {
  const own = [...groups.keys()].filter((name) => name === "all" || hostsOf(groups, name).includes(host));
  // A group with more hosts is further up; ties are as in the file.
  const outerFirst = own.toSorted((a, b) => size(groups, b) - size(groups, a));
  const shared = outerFirst.map((name) => groups.get(name)?.variables ?? {});
  const direct = outerFirst.map((name) => groups.get(name)?.hosts.get(host) ?? {});
  return Object.assign({}, ...shared, ...direct) as Variables;
}

function size(groups: Groups, name: string): number {
  return name === "all" ? Number.POSITIVE_INFINITY : hostsOf(groups, name).length;
}

/**
 * The hosts of a pattern: `node[1:3].example.org` is node1, node2 and node3; `[01:03]` keeps the zeros, `[a:c]` counts
 * letters, and `[1:9:2]` has a step.
 */
export function expanded(pattern: string): string[] {
  const [, before = "", from = "", to = "", step = "1", after = ""] =
    /^(.*?)\[(\w+):(\w+)(?::(\d+))?\](.*)$/.exec(pattern) ?? [];
  if (to === "") return [pattern];
  const isNumber = /^\d+$/.test(from);
  const value = (text: string): number => (isNumber ? Number(text) : text.charCodeAt(0));
  const count = Math.floor((value(to) - value(from)) / Number(step)) + 1;
  if (Number.isNaN(count) || count < 1 || count > 10_000) return [pattern];
  return Array.from({ length: count }, (_, i) => {
    const at = value(from) + i * Number(step);
    return isNumber
      ? String(at).padStart(from.startsWith("0") ? from.length : 0, "0")
      : String.fromCharCode(at);
  }).flatMap((middle) => expanded(after).map((rest) => `${before}${middle}${rest}`));
}
