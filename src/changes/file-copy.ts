import { writeFile } from "../machine/files.js";
import { putBack, restoreFiles, saveFiles, type SavedFile } from "../machine/saved-files.js";
import { Secret } from "../shell/secret.js";
import { sh } from "../shell/shell.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** Copies one of the files that all masters share to a new master. */
export interface FileCopyChange extends BaseChange {
  readonly kind: "file-copy";
  /** The master that it is copied from. */
  readonly from: string;
  readonly path: string;
  readonly mode: string;
  readonly owner: string;
}

/** Copies through k8s-ha's memory: no key is written to the operator's disk. */
export const fileCopyKind: ChangeKind<FileCopyChange, SavedFile[]> = {
  kind: "file-copy",
  mark: "+",
  describe: (c) => `copy ${c.path} from ${c.from}`,
  diff: (c) => `+ ${c.path} (${c.mode} ${c.owner})`,
  async apply({ path, from, mode, owner }, { host, fleet }) {
    // As base64: output is read as text, and a file may be binary.
    const content = new Secret(await fleet.host(from).run(sh`base64 ${path}`, { secretOutput: true }));
    await writeFile(host, { path, content, isBase64: true, mode, owner });
  },
  undo: {
    target: (c) => c.path,
    before: (c, { host, runId }) => saveFiles(host, runId, [c.path]),
    describe: (_, saved) => putBack(...saved),
    undo: (_, saved, { host }) => restoreFiles(host, saved),
  },
};
