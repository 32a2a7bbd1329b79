import { query } from "../machine/query.js";
import { sh } from "../shell/shell.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** Creates a folder that does not exist. */
export interface FolderChange extends BaseChange {
  readonly kind: "folder";
  readonly path: string;
  readonly mode: string;
  readonly owner: string;
}

/** The folders that did not exist, the innermost first. */
interface Before {
  readonly missing: readonly string[];
}

/** Creates folders; the undo removes only empty ones. */
export const folderKind: ChangeKind<FolderChange, Before> = {
  kind: "folder",
  mark: "+",
  describe: (c) => `create the folder ${c.path}`,
  diff: (c) => `+ ${c.path}/ (${c.mode} ${c.owner})`,
  async apply({ path, mode, owner }, { host }) {
    await host.run(sh`set -eu
mkdir -p ${path}
chmod ${mode} ${path}
chown ${owner} ${path}
sync ${path}`);
  },
  undo: {
    target: (c) => c.path,
    before: async (c, { host }) => ({
      missing: await host.ask(
        query(sh`d=${c.path}; while ! [ -e "$d" ]; do echo "$d"; d=$(dirname "$d"); done`, (out) =>
          out.split("\n").filter((path) => path !== ""),
        ),
      ),
    }),
    describe: (_, { missing }) => `remove ${missing.join(", ")} if empty`,
    async undo(_, { missing }, { host }) {
      await host.run(
        sh`for d in ${missing}; do if [ -d "$d" ]; then rmdir --ignore-fail-on-non-empty "$d" || exit 1; fi; done`,
      );
    },
  },
};
