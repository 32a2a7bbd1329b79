import { Failure } from "../failure.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import type { DoctorCheck, Finding } from "./check.js";

/** A check with what it found. */
export interface Diagnosis {
  readonly check: Pick<DoctorCheck, "id" | "title" | "upstream">;
  readonly findings: readonly Finding[];
  /** It was left out, because it compares machines and only one is known. */
  readonly isLeftOut?: true;
}

/**
 * Runs all checks at once; one that cannot read what it needs is a finding.
 * @param isAlone only one machine of the cluster can be asked
 * @throws any error that is not a Failure, because it is a bug
 */
export async function diagnose(
  checks: readonly DoctorCheck[],
  fleet: ReadOnlyFleet,
  { isAlone, now }: { readonly isAlone: boolean; readonly now: number },
): Promise<readonly Diagnosis[]> {
  return Promise.all(
    checks.map(async (check): Promise<Diagnosis> => {
      if (isAlone && check.needsAllHosts === true) return { check, findings: [], isLeftOut: true };
      try {
        const findings = check.findings(await check.probe(fleet), fleet.inventory, now);
        return { check, findings: distinct(findings) };
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        return { check, findings: [unknown(error)] };
      }
    }),
  );
}

/** What is not known is not healthy. */
function unknown({ host, message, hint }: Failure): Finding {
  return {
    severity: "error",
    ...(host !== undefined && { host }),
    what: `cannot be checked: ${message}`,
    fix: hint ?? "fix this first, then run the doctor again",
  };
}

function distinct(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
}
