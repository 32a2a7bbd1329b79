import { kindOf, type Change } from "../../src/changes/change.js";
import type { ApplyContext } from "../../src/changes/kind.js";
import { RunSecrets } from "../../src/changes/run-secrets.js";
import type { Sandbox } from "../machine/sandbox.js";

/** What a change is made with, on a sandbox. */
export function contextOf(sandbox: Sandbox, host = "master1", notes: string[] = []): ApplyContext {
  const fleet = sandbox.fleet();
  return {
    host: fleet.host(host),
    fleet,
    secrets: new RunSecrets(),
    runId: "20260131-221530",
    note: (text) => {
      notes.push(text);
    },
  };
}

/** Makes a change on a sandbox. */
export function make(sandbox: Sandbox, change: Change): Promise<void> {
  return kindOf(change).apply(change, contextOf(sandbox, change.host));
}
