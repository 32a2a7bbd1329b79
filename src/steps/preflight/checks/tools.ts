import { missingTools } from "../../../cluster/tools.js";
import { askEach, type Answers } from "../answers.js";
import { blocker, type PreflightCheck } from "../check.js";

/** Every machine has the tools that k8s-ha runs on it. */
export const tools: PreflightCheck<Answers<readonly string[]>> = {
  id: "tools",
  probe: (fleet) => askEach(fleet.hosts(), (host) => missingTools(fleet, host.name)),
  problems: ({ found, failures }) => [
    ...failures,
    ...[...found].flatMap(([name, missing]) =>
      missing.map((tool) => blocker(name, `${tool} is not installed`, `install it on ${name}`)),
    ),
  ],
};
