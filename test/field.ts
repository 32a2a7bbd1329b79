/**
 * `npm run test:field`: the field tests, or those that its arguments name, by vitest. With `--kubernetes VERSION…`: a
 * migration and its rollback on each of these versions, on a separate lab, and a table of the measurements.
 */
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { Lab } from "./lab/lab.js";
import { type VersionRow, versionsTable } from "./versions-table.js";

async function vitest(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  const command = ["vitest", "run", "--project", "field", ...words];
  const { exitCode } = await execa("npx", command, { stdio: "inherit", reject: false, env });
  return exitCode === 0;
}

async function onVersion(kubernetes: string, file: string): Promise<boolean> {
  const name = `v${kubernetes.replaceAll(".", "")}`;
  const lab = new Lab({ name, audience: "stderr" });
  const env = { K8S_HA_LAB: name, K8S_HA_LAB_KUBERNETES: kubernetes, K8S_HA_VERSION_ROW: file };
  try {
    await lab.up({ scenario: "default", kubernetes });
    return await vitest(["test/e2e/field/version.test.ts"], env);
  } finally {
    await lab.down();
  }
}

const [first, ...versions] = process.argv.slice(2);
if (first !== "--kubernetes") {
  process.exit((await vitest(process.argv.slice(2))) ? 0 : 1);
}
const folder = mkdtempSync(join(tmpdir(), "k8s-ha-versions-"));
const results = new Map<string, boolean>();
for (const version of versions) {
  results.set(
    version,
    await onVersion(version, join(folder, version)).catch((error: unknown) => {
      process.stderr.write(`${version}: ${String(error)}\n`);
      return false;
    }),
  );
}
const rows = versions.map((version): VersionRow => {
  const file = join(folder, version);
  const read = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as VersionRow) : {};
  return { ...read, kubernetes: version };
});
process.stdout.write(`${versionsTable(rows)}\n`);
process.exit([...results.values()].every(Boolean) && versions.length > 0 ? 0 : 1);
