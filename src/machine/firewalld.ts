import { sh } from "../shell/shell.js";
import type { ReadOnlyHost } from "./host.js";
import { remoteQuery, type Query } from "./query.js";

/** What firewalld lets in, in its default zone, now and after its next start. */
export interface FirewalldState {
  readonly ports: readonly string[];
  readonly richRules: readonly string[];
}

/** Each call of firewall-cmd starts a Python of its own: the two go side by side. */
function listing(options: readonly string[]): Query<FirewalldState | undefined> {
  const script = sh`if command -v firewall-cmd >/dev/null && systemctl is-active -q firewalld; then firewall-cmd ${options} --list-all; fi`;
  return remoteQuery(script, parseListing);
}
const live = listing([]);
const permanent = listing(["--permanent"]);

/** Only rules that are both live and permanent count; `undefined` where firewalld does not run. */
export async function firewalldState(host: ReadOnlyHost): Promise<FirewalldState | undefined> {
  const [now, later] = await Promise.all([host.ask(live), host.ask(permanent)]);
  if (now === undefined || later === undefined) return undefined;
  return {
    ports: now.ports.filter((port) => later.ports.includes(port)),
    richRules: now.richRules.filter((rule) => later.richRules.includes(rule)),
  };
}

/** Reads `firewall-cmd --list-all`; `undefined` for nothing at all. */
export function parseListing(text: string): FirewalldState | undefined {
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
