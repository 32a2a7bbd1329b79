import { ipFamily } from "../address.js";
import { sh } from "../shell/shell.js";
import { query, type Query } from "./query.js";

/** What firewalld allows in the zone of one interface, both now and after its next start. */
export interface FirewalldState {
  readonly zone: string;
  readonly ports: readonly string[];
  readonly richRules: readonly string[];
}

const NAME = "org.fedoraproject.FirewallD1";
const PATH = "/org/fedoraproject/FirewallD1";

/**
 * firewalld's zone of an interface, or of the interface towards an address; `undefined` if firewalld does not run. Uses
 * D-Bus (firewalld.dbus(5)): each call of firewall-cmd starts a Python process.
 */
export function firewalldState(address: string, givenInterface = ""): Query<FirewalldState | undefined> {
  const ask = sh`busctl call ${NAME}`;
  const script = sh`systemctl is-active -q firewalld || exit 0
ask_word() { word=$(${ask} "$@") && word=\${word#*\"} && word=\${word%%\"*}; }
interface=${givenInterface}
[ -n "$interface" ] || { set -- $(ip ${ipFamily(address)} -o addr show to ${address}); interface=$2; }
[ -n "$interface" ] || set -- $(ip ${ipFamily(address)} route get ${address} 2>/dev/null)
while [ -z "$interface" ] && [ $# -gt 1 ]; do [ "$1" != dev ] || interface=$2; shift; done
word=
[ -z "$interface" ] || ask_word ${PATH} ${`${NAME}.zone`} getZoneOfInterface s "$interface"
[ -n "$word" ] || ask_word ${PATH} ${NAME} getDefaultZone
zone=$word
echo "$zone"
set -e
ask_word ${`${PATH}/config`} ${`${NAME}.config`} getZoneByName s "$zone"
${ask} ${PATH} ${`${NAME}.zone`} getPorts s "$zone"
${ask} "$word" ${`${NAME}.config.zone`} getPorts
${ask} ${PATH} ${`${NAME}.zone`} getRichRules s "$zone"
${ask} "$word" ${`${NAME}.config.zone`} getRichRules`;
  return query(script, parseZone);
}

/** Parses a zone's name and busctl's four lists: ports (runtime, permanent), rich rules (runtime, permanent). */
export function parseZone(text: string): FirewalldState | undefined {
  if (text.trim() === "") return undefined;
  const [zone = "", ...lists] = text.trimEnd().split("\n");
  const [ports = [], portsLater = [], rules = [], rulesLater = []] = lists.map(stringsIn);
  const later = new Set([...pairs(portsLater), ...rulesLater]);
  return {
    zone,
    ports: pairs(ports).filter((port) => later.has(port)),
    richRules: rules.filter((rule) => later.has(rule)),
  };
}

/** The strings in a line of `busctl call`, quoted as in C. */
function stringsIn(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) => text.replaceAll(/\\(.)/g, "$1"));
}

/** Joins alternating ports and protocols: `6443/tcp`. */
function pairs(words: readonly string[]): string[] {
  return words.flatMap((port, i) => (i % 2 === 0 ? [`${port}/${words[i + 1] ?? ""}`] : []));
}

/** Parses `firewall-cmd --list-all`; `undefined` for empty output. */
export function parseListing(text: string): Omit<FirewalldState, "zone"> | undefined {
  if (text.trim() === "") return undefined;
  const ports = /^ {2}ports: (.*)$/m.exec(text)?.[1] ?? "";
  const rules = /^ {2}rich rules: *\n((?:\s+rule .*\n?)*)/m.exec(text)?.[1] ?? "";
  return {
    ports: ports.split(/\s+/).filter((port) => port !== ""),
    richRules: rules
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== ""),
  };
}
