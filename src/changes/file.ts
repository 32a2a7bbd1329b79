import { readFile, writeFile } from "../machine/files.js";
import { isAsSaved, putBack, restoreFiles, saveFiles, type SavedFile } from "../machine/saved-files.js";
import { unifiedDiff } from "./diff.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** Writes a file without secrets, with this content, mode and owner. */
export interface FileChange extends BaseChange {
  readonly kind: "file";
  readonly path: string;
  readonly content: string;
  readonly mode: string;
  readonly owner: string;
  /** Former content; `null` if there was no file. */
  readonly before: string | null;
  /** A command that must accept the new file, its path added as the last argument. */
  readonly validate?: readonly string[];
}

/** Writes each file atomically. */
export const fileKind: ChangeKind<FileChange, SavedFile[]> = {
  kind: "file",
  mark: ({ before }) => (before === null ? "+" : "~"),
  survivesReset: true,
  describe: (c) => `write ${c.path}`,
  diff: (c) =>
    c.before === c.content
      ? `mode and owner: ${c.mode} ${c.owner}`
      : unifiedDiff(c.path, c.before ?? undefined, c.content),
  apply: (c, { host }) => writeFile(host, c),
  undo: {
    target: (c) => c.path,
    before: (c, { host, runId }) => saveFiles(host, runId, [c.path]),
    describe: (_, saved) => putBack(...saved),
    async drift(c, [saved], host) {
      const now = await host.ask(readFile(c.path));
      if (now === undefined || now.content === c.content) return undefined;
      const isBack = saved !== undefined && (await isAsSaved(host, saved));
      return isBack ? undefined : `${c.path} was modified outside k8s-ha`;
    },
    undo: (_, saved, { host }) => restoreFiles(host, saved),
  },
};
