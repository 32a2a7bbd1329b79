import type { Change } from "../changes/change.js";
import { check, type Check } from "./step.js";

/** The images that are wanted on hosts and that their runtimes do not have. */
export interface MissingImages {
  readonly hosts: readonly {
    readonly name: string;
    readonly criSocket: string;
    readonly missing: readonly string[];
  }[];
}

/** What gets them there. */
export function pulls({ hosts }: MissingImages): Change[] {
  return hosts
    .filter(({ missing }) => missing.length > 0)
    .map(({ name, criSocket, missing }) => ({ kind: "images", host: name, criSocket, images: missing }));
}

/** Whether they are there. */
export function arrived({ hosts }: MissingImages): Check[] {
  return hosts.map(({ name, missing }) =>
    check(name, "images missing", "none", missing.join(", ") || "none"),
  );
}
