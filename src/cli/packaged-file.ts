import { readFileSync } from "node:fs";
import { getAsset, isSea } from "node:sea";

/** The text of a file of this package: beside the built program, or inside the single executable. */
export function packagedFile(path: "package.json" | "playbooks/migrate.yaml"): string {
  if (isSea()) return getAsset(path, "utf8");
  return readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
}
