import { writeFile } from "../machine/files.js";
import { putBack, restoreFiles, saveFiles, type SavedFile } from "../machine/saved-files.js";
import { Secret } from "../shell/secret.js";
import { sh } from "../shell/shell.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** A new master gets one of the files that all masters share. */
export interface PkiCopyChange extends BaseChange {
  readonly kind: "pki-copy";
  /** The master it comes from. */
  readonly from: string;
  readonly path: string;
  readonly mode: string;
}

/** Copies through this program's memory: no key touches the operator's disk. */
export const pkiCopyKind: ChangeKind<PkiCopyChange, SavedFile[]> = {
  kind: "pki-copy",
  describe: (c) => `copy ${c.path} from ${c.from}`,
  diff: (c) => `+ ${c.path} (${c.mode} root:root)`,
  async apply(c, { host, fleet }) {
    const content = new Secret(await fleet.host(c.from).run(sh`cat ${c.path}`, { secretOutput: true }));
    await writeFile(host, { path: c.path, content, mode: c.mode, owner: "root:root" });
  },
  undo: {
    target: (c) => c.path,
    before: (c, { host, runId }) => saveFiles(host, runId, [c.path]),
    describe: (_, saved) => putBack(...saved),
    undo: (_, saved, { host }) => restoreFiles(host, saved),
  },
};
