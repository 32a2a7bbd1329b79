import { httpsUrl } from "../address.js";
import { Failure } from "../failure.js";
import { APISERVER_PORT } from "../ports.js";
import { sh } from "../shell/shell.js";
import type { RemoteResult } from "../transport/transport.js";
import { apiCurl } from "../machine/api-batch.js";
import type { Query } from "../machine/query.js";

/** An item of an API list, with the kind from the list. */
export interface FoundItem {
  readonly kind: string;
  readonly item: unknown;
}

/**
 * The items of lists, by API path, whose JSON contains one of these words. They are filtered on the master, because the
 * lists may be many megabytes: the API indents its JSON for a user agent named curl, so that an item starts and ends on
 * its own lines. `resourceVersion=0`: the apiserver responds from its cache.
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
    // With another indentation, no item would be found.
    if ([...stdout.matchAll(/^ {2}"kind": "[A-Za-z]+List",$/gm)].length !== paths.length)
      throw new Failure(`the apiserver does not indent the lists ${paths.join(", ")} as expected`);
    // curl also reports 200 for a list that its time limit truncated.
    if ([...stdout.matchAll(/^[}]$/gm)].length !== paths.length) {
      const why = stderr.trim().split("\n", 1)[0] || "the response is truncated";
      throw new Failure(`the apiserver returns incomplete lists for ${paths.join(", ")}: ${why}`);
    }
    let kind = "";
    return stdout.split("\n").flatMap((line) => {
      kind = /^ {2}"kind": "([A-Za-z]+)List",$/.exec(line)?.[1] ?? kind;
      return line.startsWith("item ") ? [{ kind, item: JSON.parse(line.slice(4)) as unknown }] : [];
    });
  };
  return { script, parse, lane: "search" };
}
