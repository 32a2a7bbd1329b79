import type { Change } from "../changes/change.js";
import { check, type Check } from "./step.js";

/** The required images that the hosts' container runtimes do not have. */
export interface MissingImages {
  readonly hosts: readonly {
    readonly name: string;
    readonly criSocket: string;
    readonly missing: readonly string[];
  }[];
}

/** The changes that pull them. */
export function pulls({ hosts }: MissingImages): Change[] {
  return hosts
    .filter(({ missing }) => missing.length > 0)
    .map(({ name, criSocket, missing }) => ({ kind: "images", host: name, criSocket, images: missing }));
}

/** Checks that no image is missing. */
export function arrived({ hosts }: MissingImages): Check[] {
  return hosts.map(({ name, missing }) =>
    check(name, "images missing", "none", missing.join(", ") || "none"),
  );
}
