/** What comes before each password that haproxy's configuration may hold (haproxy's manual: userlist, stats auth). */
const BEFORE_PASSWORD = /(\b(?:insecure-)?password[ \t]+|\bstats[ \t]+auth[ \t]+[^\s:]+:|\bAUTH\\ )\S+/g;

/** A haproxy.cfg as it may be shown: `[secret]` in place of each password. */
export function withoutPasswords(config: string): string {
  return config.replaceAll(BEFORE_PASSWORD, "$1[secret]");
}
