/**
 * The measurements of `test/e2e/field/version.test.ts` with one version of Kubernetes; missing values were not reached.
 */
export interface VersionRow {
  readonly kubernetes: string;
  readonly etcd?: string;
  readonly debian?: string;
  /** Seconds of the migration. */
  readonly migrate?: number;
  /** Failed of all probes: reads and writes through the old address, then through the VIP. */
  readonly probes?: readonly string[];
  /** A second run changed nothing and every check passed. */
  readonly again?: boolean;
  /** The outage of the VIP after a power cut of the first master, or of the VIP's holder. */
  readonly withoutMaster?: Outage;
  readonly withoutHolder?: Outage;
  /** Seconds of the rollback, which restored every byte. */
  readonly rollback?: number;
  readonly rollbackProbes?: readonly string[];
}

/** Seconds without a successful read or write. */
export interface Outage {
  readonly reads: number;
  readonly writes: number;
}

/** The rows as a Markdown table. */
export function versionsTable(rows: readonly VersionRow[]): string {
  const seconds = (value: number | undefined) =>
    value === undefined ? "**failed**" : `${value.toFixed(1)} s`;
  const outage = (value: Outage | undefined) => `${seconds(value?.reads)}; ${seconds(value?.writes)}`;
  const list = (value: readonly string[] | undefined) => value?.join("; ") ?? "**failed**";
  const head = [
    "Kubernetes, etcd, hosts",
    "migrate",
    "failed probes: old address (reads; writes), VIP (reads; writes)",
    "second run empty, verified",
    "first master off (reads; writes)",
    "VIP's holder off (reads; writes)",
    "rollback, byte for byte",
    "failed probes (reads; writes)",
  ];
  const cells = rows.map((row) => [
    `${row.kubernetes}, ${row.etcd ?? "?"}, Debian ${row.debian ?? "?"}`,
    seconds(row.migrate),
    list(row.probes),
    row.again === true ? "yes" : "**failed**",
    outage(row.withoutMaster),
    outage(row.withoutHolder),
    seconds(row.rollback),
    list(row.rollbackProbes),
  ]);
  return [head, head.map(() => "---"), ...cells].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
