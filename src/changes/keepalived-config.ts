import { keepalivedConfig } from "../config-files/keepalived.js";
import { writeFile } from "../machine/files.js";
import { Secret } from "../shell/secret.js";
import { unifiedDiff } from "./diff.js";
import type { BaseChange, ChangeKind } from "./kind.js";
import { readVrrpPassword } from "./vrrp-password.js";

/** keepalived's configuration, whose VRRP password is known only when it is written. */
export interface KeepalivedConfigChange extends BaseChange {
  readonly kind: "keepalived-config";
  readonly vip: string;
  readonly interface: string;
  readonly virtualRouterId: number;
  readonly priority: number;
  readonly penalty: number;
  /** What stood there before, its password masked; `null` where there was no file. */
  readonly before: string | null;
}

/** Where keepalived reads its configuration. */
export const KEEPALIVED_CONF = "/etc/keepalived/keepalived.conf";
const UNKNOWN = new Secret("");

/** The text that a change leads to, its password masked as the program shows it. */
export function shownKeepalivedConfig(c: Omit<KeepalivedConfigChange, "kind" | "before">): string {
  return keepalivedConfig({ ...c, password: UNKNOWN }).shown();
}

/** Writes keepalived.conf, 0600: the password in it lets one take the VIP over. */
export const keepalivedConfigKind: ChangeKind<KeepalivedConfigChange> = {
  kind: "keepalived-config",
  describe: () => `write ${KEEPALIVED_CONF}`,
  diff: (c) => unifiedDiff(KEEPALIVED_CONF, c.before ?? undefined, shownKeepalivedConfig(c)),
  async apply(c, { host, fleet, secrets }) {
    const password = (await readVrrpPassword(fleet, c.virtualRouterId)) ?? secrets.newVrrpPassword;
    await writeFile(host, {
      path: KEEPALIVED_CONF,
      content: keepalivedConfig({ ...c, password }).secretText(),
      mode: "0600",
      owner: "root:root",
      validate: ["keepalived", "-t", "-f"],
    });
  },
};
