import { sh } from "../shell/shell.js";
import { query, type Query } from "./query.js";

/** What firewalld lets in, in its default zone, now and after its next start. */
export interface FirewalldState {
  readonly ports: readonly string[];
  readonly richRules: readonly string[];
}

/** Only rules that are both live and permanent count; `undefined` where firewalld does not run. */
export const firewalldState: Query<FirewalldState | undefined> = query(
  sh`if command -v firewall-cmd >/dev/null && systemctl is-active -q firewalld; then
  firewall-cmd --list-ports; echo --; firewall-cmd --permanent --list-ports; echo --
  firewall-cmd --list-rich-rules; echo --; firewall-cmd --permanent --list-rich-rules
else echo none; fi`,
  (out) => {
    if (out.trim() === "none") return undefined;
    const [ports = "", permanentPorts = "", rules = "", permanentRules = ""] = out.split(/^--\n/m);
    const both = (a: readonly string[], b: readonly string[]): string[] => a.filter((x) => b.includes(x));
    const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== "");
    const lines = (text: string): string[] =>
      text
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== "");
    return {
      ports: both(words(ports), words(permanentPorts)),
      richRules: both(lines(rules), lines(permanentRules)),
    };
  },
);
