import { hasUfw, ufwState } from "../machine/ufw.js";
import { sh } from "../shell/shell.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** ufw is switched off, now and for the next boot; its rules stay in its files. */
export interface UfwOffChange extends BaseChange {
  readonly kind: "ufw-off";
}

/** Whether there is something to switch on again. */
interface Before {
  readonly on: boolean;
}

/** Switches ufw off, where the inventory asks for that. */
export const ufwOffKind: ChangeKind<UfwOffChange, Before> = {
  kind: "ufw-off",
  describe: () => "switch ufw off, now and for the next boot",
  async apply(_, { host }) {
    await host.run(sh`ufw disable >&2`);
  },
  undo: {
    target: () => "ufw",
    before: async (_, { host }) => ({ on: (await host.ask(ufwState("ipv4"))) !== undefined }),
    describe: () => "switch ufw on again",
    async undo(_, { on }, { host, note }) {
      if (!on) return;
      if (await host.ask(hasUfw)) await host.run(sh`ufw --force enable >&2`);
      else note(`${host.name} has no ufw any more: it is not switched on again`);
    },
  },
};
