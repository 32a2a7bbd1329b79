import { query } from "../machine/query.js";
import { restoreFiles, saveFiles, type SavedFile } from "../machine/saved-files.js";
import { SELINUX_CONFIG, selinuxState } from "../machine/selinux.js";
import { sh } from "../shell/shell.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** Makes SELinux log denials without enforcing them, now and after a reboot; only if the inventory requests it. */
export interface SelinuxPermissiveChange extends BaseChange {
  readonly kind: "selinux-permissive";
}

interface Before {
  readonly wasEnforcing: boolean;
  readonly files: readonly SavedFile[];
}

/** Whether the configuration is still as k8s-ha left it. */
const isOurs = query(
  sh`if grep -qi '^SELINUX=[[:space:]]*permissive' ${SELINUX_CONFIG} 2>/dev/null; then echo yes; fi`,
  (out) => out !== "",
);

/** Makes SELinux permissive. */
export const selinuxPermissiveKind: ChangeKind<SelinuxPermissiveChange, Before> = {
  kind: "selinux-permissive",
  mark: "~",
  survivesReset: true,
  describe: () => "SELinux: set permissive mode for the whole machine",
  diff: () => "- enforcing\n+ permissive",
  async apply(_, { host }) {
    await host.run(sh`set -eu
new=$(mktemp ${`${SELINUX_CONFIG}.XXXXXX`})
trap 'rm -f "$new"' EXIT
cp --preserve=all ${SELINUX_CONFIG} "$new"
sed -i 's/^\(SELINUX=[[:space:]]*\)enforcing/\1permissive/I' "$new"
if grep -qi '^SELINUX=[[:space:]]*enforcing' "$new"; then echo ${`${SELINUX_CONFIG} still has SELINUX=enforcing: set SELINUX=permissive in it, then run the same command again`} >&2; exit 1; fi
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
      `SELinux: restore ${wasEnforcing ? "enforcing mode" : "permissive mode until reboot"}`,
    async undo(_, { wasEnforcing, files }, { host, note }) {
      const isOff = (await host.ask(selinuxState([]))) === undefined;
      // If the file now has disabled, the undo must not enable SELinux at the next boot.
      if (isOff && !(await host.ask(isOurs))) {
        note(
          `SELinux is disabled on ${host.name}, and ${SELINUX_CONFIG} was modified outside k8s-ha: it stays unchanged`,
        );
        return;
      }
      await restoreFiles(host, files);
      if (!isOff) await host.run(sh`setenforce ${wasEnforcing ? "1" : "0"}`);
    },
  },
};
