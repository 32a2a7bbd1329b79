import * as z from "zod";

/**
 * A playbook's shape: which steps run, in which order.
 * @param knownSteps the ids that a step may have; passed in, since a playbook knows nothing of the steps' code
 */
export function playbookSchema(knownSteps: readonly string[]) {
  const entry = z
    .strictObject({
      step: z.string(),
      /** On how many hosts the step works at once; by default as the step itself says. */
      "at-a-time": z.number().int().min(1).optional(),
    })
    .transform(({ step, "at-a-time": atATime }) => ({ step, ...(atATime !== undefined && { atATime }) }));

  return z.strictObject({
    name: z.string().min(1, "expected a name"),
    steps: z
      .array(entry)
      .min(1, "expected at least one step")
      .superRefine((steps, context) => {
        const ids = steps.map(({ step }) => step);
        ids.forEach((id, index) => {
          const path = [index, "step"];
          if (!knownSteps.includes(id)) {
            context.addIssue({
              code: "custom",
              path,
              message: `unknown step ${id}; the steps are ${knownSteps.join(", ")}`,
            });
          } else if (ids.indexOf(id) < index) {
            context.addIssue({ code: "custom", path, message: `step ${id} is already in the playbook` });
          }
        });
      }),
  });
}

/** Which steps run, in this order. */
export type Playbook = z.infer<ReturnType<typeof playbookSchema>>;
