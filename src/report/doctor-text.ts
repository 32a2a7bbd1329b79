import type { Finding, Severity } from "../doctor/check.js";
import type { Diagnosis } from "../doctor/diagnose.js";
import { number, paint } from "./plan-text.js";

const SEVERITIES = ["error", "warning", "info"] as const;
const COLOR = { error: "red", warning: "yellow", info: "cyan" } as const;

/** The number of findings of each severity. */
export function countsOf(diagnoses: readonly Diagnosis[]): Readonly<Record<Severity, number>> {
  const all = diagnoses.flatMap(({ findings }) => findings);
  const count = (severity: Severity): number => all.filter((one) => one.severity === severity).length;
  return { error: count("error"), warning: count("warning"), info: count("info") };
}

/** Findings by severity, then the checks that found nothing. */
export function doctorText(diagnoses: readonly Diagnosis[]): string {
  const { error, warning, info } = countsOf(diagnoses);
  return [
    ...SEVERITIES.flatMap((severity) =>
      diagnoses.flatMap(({ check, findings }) =>
        findings.filter((one) => one.severity === severity).flatMap((one) => findingLines(one, check)),
      ),
    ),
    ...diagnoses.map(({ check, findings, isLeftOut }) => {
      if (isLeftOut) return paint("dim", `- ${check.title}: not checked, because it compares machines (-i)`);
      return findings.length === 0 ? `${paint("green", "✓")} ${check.title}` : undefined;
    }),
    `${number(error, "error")}, ${number(warning, "warning")}, ${info} for information`,
  ]
    .filter((line) => line !== undefined)
    .join("\n");
}

function findingLines(
  { severity, host, what, fix }: Finding,
  { id, upstream }: Diagnosis["check"],
): string[] {
  return [
    `${paint(COLOR[severity], `${severity}:`)} ${host === undefined ? "" : `${host}: `}${what}  [${id}]`,
    `  fix: ${fix}`,
    ...(upstream === undefined ? [] : [paint("dim", `  see ${upstream}`)]),
  ];
}

/** The same as data. */
export function doctorData(diagnoses: readonly Diagnosis[]): object {
  return {
    schemaVersion: 1,
    counts: countsOf(diagnoses),
    checks: diagnoses.map(({ check: { id, title, upstream }, findings, isLeftOut = false }) => ({
      id,
      title,
      ...(upstream !== undefined && { upstream }),
      checked: !isLeftOut,
      findings,
    })),
  };
}
