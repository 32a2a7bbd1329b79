import { kindOf, type Change } from "../../src/changes/change.js";
import type { ApplyContext, Undo } from "../../src/changes/kind.js";
import { RunSecrets } from "../../src/changes/run-secrets.js";
import type { Sandbox } from "../machine/sandbox.js";

/** The first words of every call of kubectl on a sandbox's first master. */
export const KUBECTL =
  "kubectl --kubeconfig /etc/kubernetes/admin.conf --server https://10.88.0.11:6443".split(" ");

/** The context of a change on a sandbox. */
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

/** Applies a change on a sandbox. */
export function make(sandbox: Sandbox, change: Change): Promise<void> {
  return kindOf(change).apply(change, contextOf(sandbox, change.host));
}

/** The state that a change's kind saves before it is applied. */
export function stateBefore(sandbox: Sandbox, change: Change): Promise<unknown> {
  return undoOf(change).before(change, contextOf(sandbox, change.host));
}

/** Undoes a change, with the saved state as read from a journal; returns the notes for the operator. */
export async function undoChange(sandbox: Sandbox, change: Change, before: unknown): Promise<string[]> {
  const written: unknown = JSON.parse(JSON.stringify(before));
  const notes: string[] = [];
  await undoOf(change).undo(change, written, contextOf(sandbox, change.host, notes));
  return notes;
}

/** What was modified outside k8s-ha since a change was applied. */
export async function driftOf(
  sandbox: Sandbox,
  change: Change,
  before: unknown,
): Promise<string | undefined> {
  return undoOf(change).drift?.(change, before, sandbox.host(change.host));
}

/** The undo of a change's kind. */
export function undoOf(change: Change): Undo<Change, unknown> {
  const { undo } = kindOf(change);
  if ("stays" in undo) throw new Error(`${change.kind} stays: ${undo.stays(change)}`);
  return undo;
}
