import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

/** README, CHANGELOG and all pages of docs, as paths from the root. */
export function pages(): string[] {
  const below = readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" });
  return [
    "README.md",
    "CHANGELOG.md",
    ...below.filter((path) => path.endsWith(".md")).map((path) => `docs/${path}`),
  ];
}

/** The text of a file, by its path from the root. */
export const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

/** Markdown without its blocks of code, in which nothing is a link or a heading. */
const withoutBlocks = (markdown: string): string => markdown.replaceAll(/^( *)```.*?^\1```$/gms, "");

/** The anchors of a page, as GitHub makes them from its headings. */
export function anchors(markdown: string): Set<string> {
  const headings = withoutBlocks(markdown).matchAll(/^#+ (.+)$/gm);
  const names = [...headings].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(/\s/g, "-"),
  );
  return new Set(
    names.map((name, index) => {
      const before = names.slice(0, index).filter((one) => one === name).length;
      return before === 0 ? name : `${name}-${before}`;
    }),
  );
}

/**
 * The links of a page to files and anchors that do not exist, as they are written.
 * @param path the page's path from the root
 */
export function brokenLinks(path: string, markdown: string): string[] {
  const prose = withoutBlocks(markdown).replaceAll(/`[^`]+`/g, "");
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  return targets.filter((target) => {
    if (/^[a-z]+:/.test(target)) return false;
    const [file = "", anchor] = target.split("#");
    const other = file === "" ? path : relative(ROOT, join(ROOT, dirname(path), file));
    const isOwn = other === path;
    if (!isOwn && (other.startsWith("..") || !existsSync(join(ROOT, other)))) return true;
    return anchor !== undefined && !anchors(isOwn ? markdown : read(other)).has(anchor);
  });
}
