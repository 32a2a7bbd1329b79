import { hasUfw, ufwState } from "../machine/ufw.js";
import { sh } from "../shell/shell.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** Disables ufw, now and for the next boot; its rules stay in its files. */
export interface UfwOffChange extends BaseChange {
  readonly kind: "ufw-off";
}

/** Whether ufw was enabled before. */
interface Before {
  readonly on: boolean;
}

/** Disables ufw, if the inventory requests it. */
export const ufwOffKind: ChangeKind<UfwOffChange, Before> = {
  kind: "ufw-off",
  mark: "-",
  survivesReset: true,
  describe: () => "disable ufw, now and for the next boot",
  async apply(_, { host }) {
    await host.run(sh`ufw disable >&2`);
  },
  undo: {
    target: () => "ufw",
    before: async (_, { host }) => ({ on: (await host.ask(ufwState("ipv4"))) !== undefined }),
    describe: () => "enable ufw again",
    async undo(_, { on }, { host, note }) {
      if (!on) return;
      if (await host.ask(hasUfw)) await host.run(sh`ufw --force enable >&2`);
      else note(`ufw is no longer installed on ${host.name}: it is not enabled again`);
    },
  },
};
