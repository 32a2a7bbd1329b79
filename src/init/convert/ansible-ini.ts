import type { FileProblem } from "../../config-source/invalid-file.js";
import { expanded, groupOf, type Groups } from "./ansible-groups.js";

/** Reads an Ansible inventory in the INI format; what is not understood is a problem with its position. */
export function readIni(text: string): {
  readonly groups: Groups;
  readonly problems: readonly FileProblem[];
} {
  const groups: Groups = new Map();
  const problems: FileProblem[] = [];
  let section: readonly [string, string] = ["all", "hosts"];
  text.split(/\r?\n/).forEach((raw, index) => {
    const line = raw.trim();
    if (line === "" || /^[#;]/.test(line)) return;
    const header = /^\[([^\]:]+)(?::(\w+))?\]\s*(?:[#;].*)?$/.exec(line);
    if (header !== null) {
      section = [(header[1] ?? "").trim(), header[2] ?? "hosts"];
      groupOf(groups, section[0]);
      if (!["hosts", "children", "vars"].includes(section[1]))
        problems.push({ line: index + 1, column: raw.search(/\S/) + 1, message: `unknown section ${line}` });
      return;
    }
    const group = groupOf(groups, section[0]);
    if (section[1] === "children") group.children.add((line.split(/\s+#/)[0] ?? "").trim());
    else if (section[1] === "vars") {
      const [, key = "", value = ""] = /^([^=\s]+)\s*=\s*(.*)$/.exec(line) ?? [];
      if (key === "")
        problems.push({ line: index + 1, column: raw.search(/\S/) + 1, message: "expected NAME=VALUE" });
      else group.variables[key] = unquoted(value);
    } else {
      const [pattern = "", ...rest] = words(line);
      const variables = Object.fromEntries(
        rest.flatMap((word) => {
          const [, key, value = ""] = /^([^=]+)=([^]*)$/.exec(word) ?? [];
          return key === undefined ? [] : [[key, value] as const];
        }),
      );
      // `host:2222` is an old form of ansible_port.
      const [, name = pattern, port] = /^([^:[\]]+):(\d+)$/.exec(pattern) ?? [];
      for (const host of expanded(name))
        group.hosts.set(host, {
          ...group.hosts.get(host),
          ...(port !== undefined && { ansible_port: port }),
          ...variables,
        });
    }
  });
  return { groups, problems };
}

/** Words separated by blanks, with quotes as in a shell; the rest after a # is a comment. */
function words(line: string): string[] {
  const found: string[] = [];
  for (const [word] of line.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)) {
    if (word.startsWith("#")) break;
    found.push(
      word.replaceAll(
        /"([^"]*)"|'([^']*)'/g,
        (_, double?: string, single?: string) => double ?? single ?? "",
      ),
    );
  }
  return found;
}

function unquoted(value: string): string {
  return /^(["'])(.*)\1$/.exec(value.trim())?.[2] ?? value.trim();
}
