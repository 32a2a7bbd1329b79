import { sh } from "../shell/shell.js";
import { query, type Query } from "./query.js";

/** Which of these Debian packages are not installed. */
export function missingPackages(names: readonly string[]): Query<readonly string[]> {
  const script = sh`dpkg-query -W -f ${"${db:Status-Abbrev} ${Package}\\n"} ${names} 2>/dev/null || true`;
  return query(script, (out) =>
    names.filter((name) => !out.split("\n").some((line) => isInstalled(line, name))),
  );
}

/** `ii` is dpkg's word for installed as wanted. */
function isInstalled(line: string, name: string): boolean {
  return line.startsWith("ii") && line.split(/\s+/)[1] === name;
}

/**
 * Whether a configuration file is somebody's own work: it is there, does not begin with our mark, and is not what the
 * package itself brought (dpkg knows the digest of each such file).
 */
export function isForeignFile(path: string, owner: { mark: string; package: string }): Query<boolean> {
  const script = sh`if [ ! -f ${path} ] || [ "$(head -n 1 ${path})" = ${owner.mark} ]; then echo no
elif dpkg-query -W -f ${"${Conffiles}\n"} ${owner.package} 2>/dev/null | grep -qF " ${path} $(md5sum <${path} | cut -c1-32)"; then echo no
else echo yes; fi`;
  return query(script, (out) => out.trim() === "yes");
}
