import { query } from "../machine/query.js";
import { restoreFiles, saveFiles, type SavedFile } from "../machine/saved-files.js";
import { SELINUX_CONFIG, selinuxState } from "../machine/selinux.js";
import { sh } from "../shell/shell.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** SELinux tells what it would refuse, and refuses nothing: now and after a boot. Only for who asks for it. */
export interface SelinuxPermissiveChange extends BaseChange {
  readonly kind: "selinux-permissive";
}

interface Before {
  readonly wasEnforcing: boolean;
  readonly files: readonly SavedFile[];
}

/** The configuration still says what we made of it. */
const isOurs = query(
  sh`if grep -qi '^SELINUX=[[:space:]]*permissive' ${SELINUX_CONFIG} 2>/dev/null; then echo yes; fi`,
  (out) => out !== "",
);

/** Makes SELinux permissive. */
export const selinuxPermissiveKind: ChangeKind<SelinuxPermissiveChange, Before> = {
  kind: "selinux-permissive",
  describe: () => "SELinux: permissive, for every program of this machine",
  diff: () => "- enforcing\n+ permissive",
  async apply(_, { host }) {
    await host.run(sh`set -eu
new=$(mktemp ${`${SELINUX_CONFIG}.XXXXXX`})
trap 'rm -f "$new"' EXIT
cp --preserve=all ${SELINUX_CONFIG} "$new"
sed -i 's/^\(SELINUX=[[:space:]]*\)enforcing/\1permissive/I' "$new"
if grep -qi '^SELINUX=[[:space:]]*enforcing' "$new"; then echo ${`${SELINUX_CONFIG} still says SELINUX=enforcing: let it say SELINUX=permissive, then start again`} >&2; exit 1; fi
sync "$new"
mv -T "$new" ${SELINUX_CONFIG}
setenforce 0`);
  },
  undo: {
    target: () => "mode",
    before: async (_, { host, runId }) => ({
      wasEnforcing: (await host.ask(selinuxState([])))?.mode === "enforcing",
      files: await saveFiles(host, runId, [SELINUX_CONFIG]),
    }),
    describe: (_, { wasEnforcing }) =>
      `SELinux: ${wasEnforcing ? "enforcing" : "permissive until a boot"}, as before`,
    async undo(_, { wasEnforcing, files }, { host, note }) {
      const isOff = (await host.ask(selinuxState([]))) === undefined;
      // A file that says disabled by now must not bring SELinux back with the next boot.
      if (isOff && !(await host.ask(isOurs))) {
        note(
          `SELinux is off on ${host.name}, and ${SELINUX_CONFIG} is not as k8s-ha left it: it stays as it is`,
        );
        return;
      }
      await restoreFiles(host, files);
      if (!isOff) await host.run(sh`setenforce ${wasEnforcing ? "1" : "0"}`);
    },
  },
};
