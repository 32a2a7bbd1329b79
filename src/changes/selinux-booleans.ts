import { selinuxState, type SelinuxBoolean } from "../machine/selinux.js";
import { sh } from "../shell/shell.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** Turns booleans of SELinux's policy on, now and after a reboot. */
export interface SelinuxBooleansChange extends BaseChange {
  readonly kind: "selinux-booleans";
  readonly names: readonly string[];
}

/** The policy is recompiled, which takes some seconds, on a slow machine many. */
const SECONDS = 180;
const word = (isOn: boolean): string => (isOn ? "on" : "off");

/** Turns SELinux booleans on. */
export const selinuxBooleansKind: ChangeKind<SelinuxBooleansChange, readonly SelinuxBoolean[]> = {
  kind: "selinux-booleans",
  mark: "~",
  survivesReset: true,
  describe: (c) => `SELinux: turn ${c.names.join(", ")} on permanently`,
  diff: (c) => c.names.map((name) => `+ ${name} --> on`).join("\n"),
  async apply(c, { host }) {
    await host.run(sh`setsebool -P ${c.names.map((name) => `${name}=on`)}`, { timeoutSeconds: SECONDS });
  },
  undo: {
    target: () => "booleans",
    before: async (c, { host }) => (await host.ask(selinuxState(c.names)))?.booleans ?? [],
    merge: (earlier, later) => [
      ...earlier,
      ...later.filter(({ name }) => earlier.every((one) => one.name !== name)),
    ],
    describe: (_, before) =>
      `SELinux: ${before.map(({ name, permanent }) => `turn ${name} ${word(permanent)}`).join(", ")}`,
    async undo(_, before, { host, note }) {
      if (before.length === 0) return;
      const set = (key: "live" | "permanent", booleans = before) =>
        booleans.map((one) => `${one.name}=${word(one[key])}`);
      const now = await host.ask(selinuxState(before.map(({ name }) => name)));
      if (now === undefined) {
        const command = `setsebool -P ${set("permanent").join(" ")}`;
        note(
          `SELinux is disabled on ${host.name}: its booleans stay unchanged; if it is enabled again, run: ${command}`,
        );
        return;
      }
      const there = before.filter(({ name }) => now.booleans.some((one) => one.name === name));
      if (there.length === 0) return;
      // The first command sets both values; the second restores a value that holds until the next boot.
      await host.run(sh`setsebool -P ${set("permanent", there)} && setsebool ${set("live", there)}`, {
        timeoutSeconds: SECONDS,
      });
    },
  },
};
