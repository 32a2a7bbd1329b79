import { kernelSetting } from "../machine/sysctl.js";
import { sh } from "../shell/shell.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** Sets a kernel setting now; a separate file change keeps it for the next boot. */
export interface SysctlChange extends BaseChange {
  readonly kind: "sysctl";
  readonly key: string;
  readonly before: string;
  readonly value: string;
}

/** Sets running kernel settings. */
export const sysctlKind: ChangeKind<SysctlChange, { readonly value: string }> = {
  kind: "sysctl",
  mark: "~",
  survivesReset: true,
  describe: (c) => `set ${c.key} = ${c.value}`,
  diff: (c) => `- ${c.key} = ${c.before}\n+ ${c.key} = ${c.value}`,
  async apply(c, { host }) {
    await host.run(sh`sysctl -q -w ${`${c.key}=${c.value}`}`);
  },
  undo: {
    target: (c) => c.key,
    before: async (c, { host }) => ({ value: await host.ask(kernelSetting(c.key)) }),
    describe: (c, { value }) => `set ${c.key} = ${value}`,
    async drift(c, { value }, host) {
      const now = await host.ask(kernelSetting(c.key));
      return now === c.value || now === value ? undefined : `${c.key} is ${now} now, not ${c.value}`;
    },
    async undo(c, { value }, { host }) {
      await host.run(sh`sysctl -q -w ${`${c.key}=${value}`}`);
    },
  },
};
