/** One archive of Debian, as the machine's apt configuration names it. */
export interface DebianSource {
  readonly uri: string;
  readonly suite: string;
  readonly signedBy: string | undefined;
}

type Stanza = Record<string, string>;

function stanzas(text: string): Stanza[] {
  return text.split(/\n\s*\n/).map((block) => {
    const stanza: Stanza = {};
    let key = "";
    for (const line of block.split("\n")) {
      if (line.startsWith("#")) continue;
      const field = /^([A-Za-z-]+):\s*(.*)$/.exec(line);
      if (field) {
        key = (field[1] ?? "").toLowerCase();
        stanza[key] = field[2] ?? "";
      } else if (key !== "" && line.trim() !== "") {
        // A key inside the file itself (Signed-By) keeps its lines.
        stanza[key] = `${stanza[key] ?? ""}\n${line}`;
      }
    }
    return stanza;
  });
}

const words = (text = "") => text.split(/\s+/).filter(Boolean);

function fromDeb822(text: string): (DebianSource & { components: string[] })[] {
  return stanzas(text)
    .filter((stanza) => words(stanza["types"]).includes("deb") && stanza["enabled"]?.toLowerCase() !== "no")
    .flatMap((stanza) =>
      words(stanza["uris"]).flatMap((uri) =>
        words(stanza["suites"]).map((suite) => ({
          uri,
          suite,
          signedBy: stanza["signed-by"],
          components: words(stanza["components"]),
        })),
      ),
    );
}

function fromOneLine(text: string): (DebianSource & { components: string[] })[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]+)/.exec(line);
    if (!match) return [];
    const [, options = "", uri = "", suite = "", components] = match;
    return [{ uri, suite, signedBy: /signed-by=(\S+)/.exec(options)?.[1], components: words(components) }];
  });
}

/**
 * Debian's own archives among the machine's apt sources (`path` to text), with component main, of the given release.
 * Other vendors' archives are left out: the lab needs nothing of them, and they may not answer.
 */
export function debianSources(files: ReadonlyMap<string, string>, codename: string): DebianSource[] {
  const suites = new Set(["", "-updates", "-security"].map((suffix) => codename + suffix));
  const found = [...files].flatMap(([path, text]) =>
    path.endsWith(".sources") ? fromDeb822(text) : path.endsWith(".list") ? fromOneLine(text) : [],
  );
  return found
    .filter(({ suite, components }) => suites.has(suite) && components.includes("main"))
    .map(({ uri, suite, signedBy }) => ({ uri, suite, signedBy }));
}

/** The same archives for another release: Debian's mirrors hold them all, and its keyring knows the next one's keys. */
export function ofRelease(
  sources: readonly DebianSource[],
  from: string,
  to: string,
): readonly DebianSource[] {
  return sources.map((source) => ({ ...source, suite: source.suite.replace(from, to) }));
}

/** A `.sources` file for programs and their source code. */
export function sourcesText(sources: readonly DebianSource[]): string {
  return sources
    .map(({ uri, suite, signedBy }) =>
      [
        "Types: deb deb-src",
        `URIs: ${uri}`,
        `Suites: ${suite}`,
        "Components: main",
        ...(signedBy === undefined ? [] : [`Signed-By: ${signedBy}`]),
        "",
      ].join("\n"),
    )
    .join("\n");
}
