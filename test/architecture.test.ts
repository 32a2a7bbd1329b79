import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";

/** From the top down: each layer may import the layers below it, and its own folder. */
const LAYERS: readonly (readonly string[])[] = [
  ["cli"],
  ["report", "migration", "init"],
  ["doctor"],
  ["engine"],
  ["steps"],
  ["changes"],
  ["cluster"],
  ["machine"],
  ["config-files", "playbook", "inventory"],
  ["config-source"],
  ["transport"],
  ["shell"],
  ["failure.ts", "address.ts", "ports.ts"],
];
const source = join(import.meta.dirname, "../src");
const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((path) =>
  path.endsWith(".ts"),
);
const folderOf = (path: string): string => path.split("/")[0] ?? "";
const levelOf = (folder: string): number => LAYERS.findIndex((layer) => layer.includes(folder));

/** Every import of our own files, including exports from them, relative to src. */
const imports = files.flatMap((path) => {
  const text = readFileSync(join(source, path), "utf8");
  const found = text.matchAll(/(?:^(?:import|export) [^;"]*\bfrom|\bimport)\s*\(?\s*"(\.[^"]+)"/gm);
  return [...found].map(([, specifier = ""]) => ({
    path,
    target: relative(source, join(source, dirname(path), specifier)).replace(/\.js$/, ".ts"),
  }));
});
const forbidden = imports.filter(({ path, target }) => {
  const [own, other] = [folderOf(path), folderOf(target)];
  return own !== other && levelOf(own) >= levelOf(other);
});
/** The import paths from a file back to itself, including imports of types only. */
const cycles = (): string[] => {
  const found: string[] = [];
  const seen = new Set<string>();
  const follow = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) found.push([...way.slice(way.indexOf(path)), path].join(" imports "));
    if (seen.has(path)) return;
    seen.add(path);
    for (const { target } of imports.filter((one) => one.path === path)) follow(target, [...way, path]);
  };
  for (const path of files) follow(path, []);
  return found;
};
const words = (all: typeof imports): string[] => all.map(({ path, target }) => `${path} imports ${target}`);

describe("the layers of src", () => {
  it("are all the folders that exist", () => {
    expect([...new Set(files.map(folderOf))].sort()).toEqual(LAYERS.flat().sort());
  });

  it("import only downwards", () => {
    expect(imports.length).toBeGreaterThan(100);
    expect(words(imports.filter(({ target }) => !files.includes(target)))).toEqual([]);
    expect(words(forbidden)).toEqual([]);
  });

  it("import nothing that imports them", () => {
    expect(cycles()).toEqual([]);
  });

  it("pass the engine what it needs about the cluster and about single steps", () => {
    const shared = ["steps/step.ts", "steps/host-selector.ts"];
    const known = imports
      .filter(({ path }) => folderOf(path) === "engine")
      .filter(({ target }) => ["cluster", "config-files", "steps"].includes(folderOf(target)))
      .filter(({ target }) => !shared.includes(target));
    expect(words(known)).toEqual([]);
  });

  it("keep Kubernetes out of the engine", () => {
    const naming = files
      .filter((path) => folderOf(path) === "engine")
      .filter((path) =>
        /kube|etcd|apiserver|\bisJoin\b|readyz/i.test(readFileSync(join(source, path), "utf8")),
      );
    expect(naming).toEqual([]);
  });

  it("pass no write access to a step", () => {
    const writing = files
      .filter((path) => folderOf(path) === "steps")
      .filter((path) =>
        /\b(WritableHost|RemoteHost|Fleet|writeFile|runAsUnit)\b/.test(
          readFileSync(join(source, path), "utf8"),
        ),
      );
    expect(writing).toEqual([]);
  });

  it("keep ssh in transport", () => {
    const users = files.filter((path) =>
      /from "(node-ssh|ssh2)"/.test(readFileSync(join(source, path), "utf8")),
    );
    expect(users.length).toBeGreaterThan(0);
    expect(users.filter((path) => folderOf(path) !== "transport")).toEqual([]);
  });

  it("print only in cli and report", () => {
    const printing = files.filter((path) =>
      /process\.std(out|err)|console\./.test(readFileSync(join(source, path), "utf8")),
    );
    expect(new Set(printing.map(folderOf))).toEqual(new Set(["cli", "report"]));
  });

  it("load nothing but commander before a command runs, because --help must be fast", () => {
    const packages = new Set<string>();
    const seen = new Set<string>();
    const load = (path: string): void => {
      if (seen.has(path)) return;
      seen.add(path);
      const text = readFileSync(join(source, path), "utf8");
      for (const [, specifier = ""] of text.matchAll(
        /^(?:import|export) (?!type )[^;"]*\bfrom "([^"]+)"/gm,
      )) {
        if (!specifier.startsWith(".")) packages.add(specifier);
        else load(relative(source, join(source, dirname(path), specifier)).replace(/\.js$/, ".ts"));
      }
    };
    load("cli/main.ts");
    expect(seen).toContain("cli/migrate.ts");
    expect([...packages].filter((name) => !name.startsWith("node:"))).toEqual([
      "@commander-js/extra-typings",
    ]);
  });
});
