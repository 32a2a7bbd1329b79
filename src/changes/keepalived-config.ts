import { keepalivedConfig, type VrrpUnicast } from "../config-files/keepalived.js";
import { formerName, writeFile } from "../machine/files.js";
import { KEEPALIVED_CONF, maskedKeepalivedConf } from "../machine/keepalived.js";
import { isAsSaved, putBack, restoreFiles, saveFiles, type SavedFile } from "../machine/saved-files.js";
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
  readonly unicast?: VrrpUnicast;
  readonly checkScript?: string;
  /** keepalived runs as a pod: the host has no keepalived to validate the file. */
  readonly inPod?: true;
  /** Former content as a plan shows it, its password masked; `null` if there was none to show. */
  readonly before: string | null;
}

const UNKNOWN = new Secret("");

/** The configuration that a change writes, with its password masked. */
export function shownKeepalivedConfig(c: Omit<KeepalivedConfigChange, "kind" | "before">): string {
  return keepalivedConfig({ ...c, password: UNKNOWN }).shown();
}

/** Writes keepalived.conf with mode 0600: its password allows taking over the VIP. */
export const keepalivedConfigKind: ChangeKind<KeepalivedConfigChange, SavedFile[]> = {
  kind: "keepalived-config",
  mark: ({ before }) => (before === null ? "+" : "~"),
  survivesReset: true,
  describe: () => `write ${KEEPALIVED_CONF} (a file not managed by k8s-ha is kept next to it)`,
  diff: (c) => unifiedDiff(KEEPALIVED_CONF, c.before ?? undefined, shownKeepalivedConfig(c)),
  async apply(c, { host, fleet, secrets }) {
    const password = (await readVrrpPassword(fleet, c.virtualRouterId)) ?? secrets.newVrrpPassword;
    await writeFile(host, {
      path: KEEPALIVED_CONF,
      content: keepalivedConfig({ ...c, password }).secretText(),
      mode: "0600",
      keepsFormer: true,
      owner: "root:root",
      ...(c.inPod !== true && { validate: ["keepalived", "-t", "-f"] }),
    });
  },
  undo: {
    target: () => KEEPALIVED_CONF,
    before: (_, { host, runId }) => saveFiles(host, runId, [KEEPALIVED_CONF, formerName(KEEPALIVED_CONF)]),
    describe: (_, saved) => putBack(...saved),
    async drift(c, [saved], host) {
      const { shown } = await host.ask(maskedKeepalivedConf);
      if (shown === null || shown === shownKeepalivedConfig(c)) return undefined;
      const isBack = saved !== undefined && (await isAsSaved(host, saved));
      return isBack ? undefined : `${KEEPALIVED_CONF} was modified outside k8s-ha`;
    },
    undo: (_, saved, { host }) => restoreFiles(host, saved),
  },
};
