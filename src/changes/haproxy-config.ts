import { haproxyConfig, type HaproxyOptions } from "../config-files/haproxy.js";
import { parseStatsPassword, passwordDigest, withoutPasswords } from "../config-files/haproxy-passwords.js";
import { formerName, readFile, writeFile, type FileState } from "../machine/files.js";
import type { Fleet } from "../machine/fleet.js";
import type { Query } from "../machine/query.js";
import { isAsSaved, putBack, restoreFiles, saveFiles, type SavedFile } from "../machine/saved-files.js";
import { firstLineOfSecretFile } from "../shell/secret-file.js";
import type { Secret } from "../shell/secret.js";
import { unifiedDiff } from "./diff.js";
import type { ApplyContext, BaseChange, ChangeKind } from "./kind.js";

/** haproxy's configuration; the statistics page's password is known only when it is written. */
export interface HaproxyConfigChange extends BaseChange {
  readonly kind: "haproxy-config";
  readonly options: HaproxyOptions;
  /** The operator's file with that password; without it, the load balancers' present one or a new one is used. */
  readonly passwordFile?: string;
  /** Former content as a plan shows it, its passwords masked; `null` if there was none to show. */
  readonly before: string | null;
}

/** Where haproxy reads its configuration. */
export const HAPROXY_CFG = "/etc/haproxy/haproxy.cfg";

const read = readFile(HAPROXY_CFG, { secretOutput: true });

/** haproxy.cfg with its passwords masked, and a digest to compare the statistics page's password between hosts. */
export const maskedHaproxyCfg: Query<{ file: FileState | undefined; passwordDigest: string }> = {
  ...read,
  parse: (result) => {
    const file = read.parse(result);
    return {
      file: file && { ...file, content: withoutPasswords(file.content) },
      passwordDigest: passwordDigest(parseStatsPassword(file?.content ?? "")),
    };
  },
};

/** The statistics page's password that the load balancers already have: the first one found. */
async function presentPassword(fleet: Fleet): Promise<Secret | undefined> {
  const own: Query<Secret | undefined> = {
    ...read,
    parse: (result) => parseStatsPassword(read.parse(result)?.content ?? ""),
  };
  const balancers = fleet.look().hosts("loadBalancers");
  const passwords = await Promise.all(balancers.map((host) => host.ask(own)));
  return passwords.find((password) => password !== undefined);
}

async function password(
  { passwordFile }: HaproxyConfigChange,
  { fleet, secrets }: ApplyContext,
): Promise<Secret> {
  if (passwordFile !== undefined) return firstLineOfSecretFile(passwordFile);
  return (await presentPassword(fleet)) ?? secrets.newStatsPassword;
}

/** Writes haproxy.cfg after haproxy accepts it; mode 0600 if it contains a password. */
export const haproxyConfigKind: ChangeKind<HaproxyConfigChange, SavedFile[]> = {
  kind: "haproxy-config",
  mark: ({ before }) => (before === null ? "+" : "~"),
  survivesReset: true,
  describe: () => `write ${HAPROXY_CFG} (a file not managed by k8s-ha is kept next to it)`,
  diff(c) {
    const shown = haproxyConfig(c.options).shown();
    if (c.before === shown) return "the statistics page's password";
    return unifiedDiff(HAPROXY_CFG, c.before ?? undefined, shown);
  },
  async apply(c, context) {
    const { stats } = c.options;
    const isSecret = stats !== false && stats.user !== undefined;
    const text = isSecret ? haproxyConfig(c.options, await password(c, context)) : haproxyConfig(c.options);
    await writeFile(context.host, {
      path: HAPROXY_CFG,
      content: text.secretText(),
      mode: isSecret ? "0600" : "0644",
      keepsFormer: true,
      owner: "root:root",
      // If haproxy is a pod, the host has no haproxy to validate the file.
      ...(c.options.inPod !== true && { validate: ["haproxy", "-c", "-f"] }),
    });
  },
  undo: {
    target: () => HAPROXY_CFG,
    before: (_, { host, runId }) => saveFiles(host, runId, [HAPROXY_CFG, formerName(HAPROXY_CFG)]),
    describe: (_, saved) => putBack(...saved),
    async drift(c, [saved], host) {
      const { file } = await host.ask(maskedHaproxyCfg);
      if (file === undefined || file.content === haproxyConfig(c.options).shown()) return undefined;
      const isBack = saved !== undefined && (await isAsSaved(host, saved));
      return isBack ? undefined : `${HAPROXY_CFG} was modified outside k8s-ha`;
    },
    undo: (_, saved, { host }) => restoreFiles(host, saved),
  },
};
