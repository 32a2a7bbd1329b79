import { httpsUrl } from "../address.js";
import { Failure } from "../failure.js";
import { APISERVER_PORT } from "../ports.js";
import { sh } from "../shell/shell.js";
import type { RemoteResult } from "../transport/transport.js";
import { apiCurl } from "./api-batch.js";
import type { Query } from "./query.js";

/** An item of a list that the API gave, with the kind that the list itself tells. */
export interface FoundItem {
  readonly kind: string;
  readonly item: unknown;
}

/**
 * Those items of lists, by API path, whose JSON has one of these words. The master itself leaves out the others, which
 * may be many megabytes: for an agent named curl the API indents its JSON, so that an item begins and ends on lines of
 * its own. `resourceVersion=0`: the apiserver answers from its memory.
 */
export function itemsWith(
  master: { readonly address: string },
  paths: readonly string[],
  words: readonly string[],
): Query<readonly FoundItem[]> {
  const urls = paths.map((path) => `${httpsUrl(master.address, APISERVER_PORT)}${path}?resourceVersion=0`);
  const awk = String.raw`BEGIN { n = split(words, word, " ") }
/^  "kind": "[A-Za-z]+List",$/ || /^[}]$/ || /^http_code [0-9]+$/ { print; next }
/^    [{]$/ { item = ""; inside = 1 }
inside { item = item $0 "\n" }
/^    [}],?$/ && inside {
  for (i = 1; i <= n; i++) if (index(item, word[i])) { sub(/,\n$/, "\n", item); gsub(/\n/, " ", item); print "item" item; break }
  inside = 0
}`;
  const script = sh`${apiCurl(40, sh`-A curl -w ${"\\nhttp_code %{http_code}\\n"}`, sh`${urls}`)} | awk -v words=${words.join(" ")} ${awk}`;
  const parse = ({ stdout, stderr }: RemoteResult): FoundItem[] => {
    const codes = [...stdout.matchAll(/^http_code (\d+)$/gm)].map((m) => m[1]);
    if (codes.length !== paths.length || codes.some((code) => code !== "200")) {
      const why = stderr.trim().split("\n", 1)[0] || codes.join(" ") || "no answer";
      throw new Failure(`the apiserver does not list ${paths.join(", ")}: ${why}`);
    }
    // Another way to indent would hide every item.
    if ([...stdout.matchAll(/^ {2}"kind": "[A-Za-z]+List",$/gm)].length !== paths.length)
      throw new Failure(`the apiserver does not indent the lists ${paths.join(", ")} as it is known to`);
    // curl tells 200 of a list, too, that its time limit cut off.
    if ([...stdout.matchAll(/^[}]$/gm)].length !== paths.length) {
      const why = stderr.trim().split("\n", 1)[0] || "its end is missing";
      throw new Failure(`the apiserver does not give all of the lists ${paths.join(", ")}: ${why}`);
    }
    let kind = "";
    return stdout.split("\n").flatMap((line) => {
      kind = /^ {2}"kind": "([A-Za-z]+)List",$/.exec(line)?.[1] ?? kind;
      return line.startsWith("item ") ? [{ kind, item: JSON.parse(line.slice(4)) as unknown }] : [];
    });
  };
  return { script, parse, lane: "search" };
}
