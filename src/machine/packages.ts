import { sh } from "../shell/shell.js";
import { query, type Query } from "./query.js";

/** What installs packages on a host: `yum` is Red Hat's family up to version 7. */
export type PackageManager = "apt" | "dnf" | "yum" | "none";

/** Red Hat, Rocky, AlmaLinux, CentOS, Oracle and Fedora have this file, whatever other tools are installed. */
const RED_HAT = "/etc/redhat-release";

/** The host's package manager. */
export const packageManager: Query<PackageManager> = query(
  sh`if [ -f ${RED_HAT} ]; then
  case $(cat ${RED_HAT}) in *" release 7"* | *" release 6"*) echo yum ;; *) echo dnf ;; esac
elif command -v apt-get >/dev/null; then echo apt; else echo none; fi`,
  (out) => out.trim() as PackageManager,
);

/** Which of these packages are not installed; with rpm it is enough that another one provides them (curl-minimal). */
export function missingPackages(names: readonly string[]): Query<readonly string[]> {
  const script = sh`if ! [ -f ${RED_HAT} ]
then dpkg-query -W -f ${"${db:Status-Abbrev} ${Package}\\n"} ${names} 2>/dev/null || true
else for p in ${names}; do if rpm -q --whatprovides "$p" >/dev/null 2>&1; then echo "ii $p"; fi; done; fi`;
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
 * package itself brought (dpkg and rpm know the digest of each such file).
 */
export function isForeignFile(path: string, owner: { mark: string; package: string }): Query<boolean> {
  const script = sh`brought() {
  if ! [ -f ${RED_HAT} ]
  then dpkg-query -W -f ${"${Conffiles}\n"} ${owner.package} 2>/dev/null | grep -qF " ${path} $(md5sum <${path} | cut -c1-32)"
  else rpm -q --qf ${"[%{FILENAMES} %{FILEDIGESTS}\n]"} ${owner.package} 2>/dev/null | grep -qxF "${path} $(sha256sum <${path} | cut -c1-64)"; fi
}
if [ ! -f ${path} ] || [ "$(head -n 1 ${path})" = ${owner.mark} ] || brought; then echo no; else echo yes; fi`;
  return query(script, (out) => out.trim() === "yes");
}
