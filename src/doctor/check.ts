import type { Inventory } from "../inventory/schema.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import type { PreflightCheck } from "../steps/preflight/check.js";
import type { Problem } from "../steps/step.js";

/** `error`: something is broken, or will be soon; `warning`: it needs attention; `info`: good to know. */
export type Severity = "error" | "warning" | "info";

/** What a check found. */
export interface Finding {
  readonly severity: Severity;
  /** The host where it was found, if any. */
  readonly host?: string;
  readonly what: string;
  /** What the operator can do about it, with the commands to type. */
  readonly fix: string;
}

/** One check of a kubeadm control plane. */
export interface DoctorCheck<Facts = unknown> {
  readonly id: string;
  /** What holds if it finds nothing. */
  readonly title: string;
  /** Where the problem is described by those who make Kubernetes or etcd. */
  readonly upstream?: string;
  /** It compares machines, so a single one shows nothing. */
  readonly needsAllHosts?: true;
  probe(fleet: ReadOnlyFleet): Promise<Facts>;
  /** Pure: the same facts give the same findings. @param now seconds since the epoch */
  findings(facts: Facts, inventory: Inventory, now: number): Finding[];
}

/** A preflight check as one of the doctor: what would make a migration fail is an error here too. */
export function shared<Facts>(
  check: PreflightCheck<Facts>,
  about: Pick<DoctorCheck, "title" | "upstream" | "needsAllHosts">,
): DoctorCheck<Facts> {
  return {
    id: check.id,
    ...about,
    probe: (fleet) => check.probe(fleet),
    findings: (facts, inventory) => check.problems(facts, inventory).map(asFinding),
  };
}

/** A problem of preflight as a finding; a host's answer that is missing is one, too. */
export function asFinding({ severity, host, what, fix }: Problem): Finding {
  return {
    severity: severity === "blocker" ? "error" : "warning",
    ...(host !== undefined && { host }),
    what,
    fix,
  };
}
