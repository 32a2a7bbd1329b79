/** Steps that depend on other steps; `why` is shown if a playbook lacks those. */
export interface Need {
  readonly steps: readonly string[];
  readonly need: readonly string[];
  /** `before`: they must come earlier in the playbook; `anywhere`: they must be present. */
  readonly where: "before" | "anywhere";
  readonly why: string;
}

/** The rules that a playbook is checked against; passed in because this module does not import the steps. */
export interface StepRules {
  /** The ids of the built-in steps. */
  readonly known: readonly string[];
  /** Steps that always change one host at a time. */
  readonly oneByOne: readonly string[];
  /** Steps that every playbook must contain, each with the reason. */
  readonly mandatory: Readonly<Record<string, string>>;
  readonly needs: readonly Need[];
}

/** A rule that a playbook breaks. */
interface BrokenRule {
  /** Index of the step; absent if the rule concerns the whole list. */
  readonly index?: number;
  readonly message: string;
}

/** Missing steps, and steps that come before their dependencies. */
export function brokenRules(ids: readonly string[], { mandatory, needs }: StepRules): BrokenRule[] {
  const missing = Object.entries(mandatory)
    .filter(([id]) => !ids.includes(id))
    .map(([id, why]) => ({ message: `the step ${id} is missing: ${why}` }));
  const unmet = needs.flatMap(({ steps, need, where, why }) =>
    ids.flatMap((id, index): BrokenRule[] => {
      if (!steps.includes(id)) return [];
      // Missing mandatory steps are reported once.
      const absent = need.filter((other) => !ids.includes(other) && !(other in mandatory));
      const late = need.filter((other) => where === "before" && ids.indexOf(other) > index);
      return [
        ...(absent.length === 0
          ? []
          : [
              { index, message: `${id} requires ${absent.join(", ")}, which is not in the playbook: ${why}` },
            ]),
        ...(late.length === 0
          ? []
          : [{ index, message: `${id} must come after ${late.join(", ")}: ${why}` }]),
      ];
    }),
  );
  return [...missing, ...unmet];
}
