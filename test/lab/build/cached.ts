import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A short digest of texts, and of files and folders given by their path. */
export function digest(texts: readonly string[], paths: readonly string[] = []): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${text}\0`);
  const addPath = (path: string) => {
    if (statSync(path).isDirectory()) for (const name of readdirSync(path).sort()) addPath(join(path, name));
    else hash.update(readFileSync(path));
  };
  paths.forEach(addPath);
  return hash.digest("hex").slice(0, 16);
}

/** Makes something once: `stamp` (a file) says of which inputs, and is written when it is complete. */
export async function cached(stamp: string, key: string, make: () => Promise<void>): Promise<void> {
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === key) return;
  await make();
  writeFileSync(stamp, key);
}
