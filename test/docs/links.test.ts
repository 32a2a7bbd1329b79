import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { anchors, brokenLinks, pages, read, ROOT } from "./pages.js";

describe("links in the documentation", () => {
  it.each(pages())("%s has no broken link", (path) => {
    expect(brokenLinks(path, read(path))).toEqual([]);
  });

  it.each([
    ["a file", "[a](none.md)"],
    ["a file outside of the project", "[a](../../other.md)"],
    ["an anchor of the page", "[a](#none)"],
    ["an anchor of another page", "[a\nb](cli.md#none)"],
  ])("are broken if they lead to %s that does not exist", (_, text) => {
    expect(brokenLinks("docs/page.md", `# Page\n\n${text}\n`)).toHaveLength(1);
  });

  it("are not broken in code", () => {
    expect(
      brokenLinks(
        "docs/page.md",
        "# Page\n\n```\n[a](none.md)\n```\n\n`[d](none.md)` [b](#page) [c](cli.md#journal)\n",
      ),
    ).toEqual([]);
  });

  it("have anchors as GitHub makes them", () => {
    expect([...anchors("# The `openssh` transport\n## Pods: `advertise`\n## A\n## A\n")]).toEqual([
      "the-openssh-transport",
      "pods-advertise",
      "a",
      "a-1",
    ]);
  });

  it("lead from docs/index.md to every page", () => {
    const index = read("docs/index.md");
    const unlisted = pages()
      .filter((path) => path.startsWith("docs/") && path !== "docs/index.md")
      .filter((path) => !index.includes(`](${path.slice("docs/".length)}`));
    expect(unlisted).toEqual([]);
  });
});

/** Files with messages and comments for users: `docs/recovery.md, "etcd alarms"`. */
const sources = [
  "inventory.example.yaml",
  ...["src", "playbooks"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => /\.(ts|yaml)$/.test(path))
      .map((path) => `${folder}/${path}`),
  ),
];

it("messages name pages and sections that exist", () => {
  const named = sources.flatMap((source) =>
    [...read(source).matchAll(/(docs\/[a-z\d/-]+\.md)(?:, \\?"([^"\\]+)\\?")?/g)].map(
      ([, page = "", section]) => ({ source, page, section }),
    ),
  );
  expect(named.length).toBeGreaterThan(15);
  const missing = named.filter(
    ({ page, section }) =>
      !existsSync(join(ROOT, page)) ||
      (section !== undefined && !new RegExp(`^#+ ${section}$`, "m").test(read(page))),
  );
  expect(missing).toEqual([]);
});
