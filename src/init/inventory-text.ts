import { stringify } from "yaml";
import { EDITOR_LINE } from "../inventory/json-schema.js";
import type { Draft, DraftMachine, Entry } from "./draft.js";

const WIDTH = 100;

/** The text of an inventory file, with comments. */
export function inventoryText(draft: Draft): string {
  const { loadBalancers, loadBalancersNotes } = draft;
  const isExternal = loadBalancers === "external";
  const blocks = [
    [
      ...paragraphs(draft.head, ""),
      "#",
      ...paragraphs(
        ["For completion in editors: k8s-ha schema >inventory.schema.json, and make this the first line:"],
        "",
      ),
      `#     ${EDITOR_LINE}`,
    ],
    section("cluster", [], draft.cluster),
    machines("controlPlane", draft.mastersNotes, draft.masters),
    isExternal
      ? [...paragraphs(loadBalancersNotes, ""), "loadBalancer: external"]
      : machines(
          "loadBalancers",
          loadBalancersNotes,
          loadBalancers === "masters" ? draft.masters.map(({ name }) => name) : loadBalancers,
        ),
    isExternal ? [] : section("loadBalancer", [], draft.loadBalancer),
    machines("workers", draft.workersNotes, draft.workers),
    section("kubeadm", [], draft.kubeadm),
    section("ssh", [], entriesOf(draft.ssh)),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

/** A mapping; one whose keys are all commented out is a comment itself, because a key needs a value. */
function section(key: string, notes: readonly string[], entries: readonly Entry[]): string[] {
  if (entries.length === 0) return [];
  const isOff = entries.every((entry) => entry.isOff === true);
  const indent = isOff ? "" : "  ";
  return [
    ...paragraphs(notes, ""),
    ...(isOff ? [] : [`${key}:`]),
    ...entries.flatMap((entry) => {
      const line = `${entry.key}: ${value(entry.value)}`;
      const written = isOff ? `#${key}: { ${line} }` : `${indent}${entry.isOff === true ? "#" : ""}${line}`;
      return [...paragraphs(entry.notes, indent), written];
    }),
  ];
}

function machines(
  key: string,
  notes: readonly string[],
  // A load balancer on a master is only its name.
  all: readonly (DraftMachine | string)[],
): string[] {
  if (all.length === 0) return paragraphs(notes, "");
  return [...paragraphs(notes, ""), `${key}:`, ...all.flatMap(machine)];
}

function machine(one: DraftMachine | string): string[] {
  if (typeof one === "string") return [`  - master: ${value(one)}`];
  const { notes, name, address, secondAddress, ssh = {} } = one;
  const login = entriesOf(ssh).map((entry) => `${entry.key}: ${value(entry.value)}`);
  return [
    ...paragraphs(notes, "  "),
    `  - name: ${value(name)}`,
    `    address: ${value(address)}`,
    ...(secondAddress === undefined ? [] : [`    secondAddress: ${value(secondAddress)}`]),
    ...(login.length === 0 ? [] : ["    ssh:", ...login.map((line) => `      ${line}`)]),
  ];
}

function entriesOf(keys: Readonly<Record<string, Entry["value"] | undefined>>): Entry[] {
  return Object.entries(keys).flatMap(([key, one]) =>
    one === undefined ? [] : [{ notes: [], key, value: one }],
  );
}

/** A value on one line; text that YAML would read as something else is in quotes. */
function value(one: Entry["value"]): string {
  return stringify(one, { collectionStyle: "flow", lineWidth: 0, flowCollectionPadding: false }).trim();
}

/** Comments, wrapped; a line that starts with four spaces is a command and stays whole. */
function paragraphs(texts: readonly string[], indent: string): string[] {
  return texts.flatMap((text) => {
    if (text.startsWith("    ")) return [`${indent}# ${oneLine(text)}`];
    const lines: string[] = [];
    let line = "";
    for (const word of oneLine(text)
      .split(" ")
      .filter((part) => part !== "")) {
      const longer = line === "" ? word : `${line} ${word}`;
      if (line !== "" && indent.length + 2 + longer.length > WIDTH) {
        lines.push(line);
        line = word;
      } else line = longer;
    }
    return [...lines, line].map((each) => `${indent}# ${each}`.trimEnd());
  });
}

/** What was found must not end a comment: control characters become spaces. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, " ");
}
