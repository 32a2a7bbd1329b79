/**
 * `npm run build`: the program and the packages it stands on, in a few files. A plan reads hundreds of small ones
 * otherwise, which takes as long as logging in to six machines. Into `dist`, or the folder that is named.
 */
import { chmodSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { build } from "esbuild";
import { bundle } from "./bundle.config.js";

const dist = argv[2] ?? "dist";
const outdir = join(dist, "cli");
rmSync(dist, { recursive: true, force: true });
const { metafile } = await build({
  ...bundle,
  entryPoints: ["src/cli/main.ts"],
  outdir,
  // What is imported when it is needed stays in files of its own.
  splitting: true,
  format: "esm",
  target: "node20",
  // What packages in the older module format expect to find.
  banner: {
    js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url),__dirname=import.meta.dirname;',
  },
  metafile: true,
});
chmodSync(join(outdir, "main.js"), 0o755);

const packages = Object.keys(metafile.inputs).flatMap(
  (file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? [],
);
const notices = [...new Set(packages)].toSorted().map((folder) => {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  return `${name} ${version} (${license})\n\n${file ? readFileSync(join(folder, file), "utf8") : ""}`;
});
writeFileSync(join(dist, "THIRD-PARTY-LICENSES"), notices.join(`\n${"-".repeat(80)}\n\n`));
