import { sh } from "../shell/shell.js";
import { query, type Query } from "./query.js";

/** A host's package manager: `yum` for the Red Hat family up to version 7. */
export type PackageManager = "apt" | "dnf" | "yum" | "none";

/** Red Hat, Rocky, AlmaLinux, CentOS, Oracle and Fedora have this file, independent of installed tools. */
const RED_HAT = "/etc/redhat-release";

/** The host's package manager. */
export const packageManager: Query<PackageManager> = query(
  sh`if [ -f ${RED_HAT} ]; then
  case $(cat ${RED_HAT}) in *" release 7"* | *" release 6"*) echo yum ;; *) echo dnf ;; esac
elif command -v apt-get >/dev/null; then echo apt; else echo none; fi`,
  (out) => out.trim() as PackageManager,
);

/** The packages that are not installed; with rpm, another package may provide one (curl-minimal). */
export function missingPackages(names: readonly string[]): Query<readonly string[]> {
  const script = sh`if ! [ -f ${RED_HAT} ]
then dpkg-query -W -f ${"${db:Status-Abbrev} ${Package}\\n"} ${names} 2>/dev/null || true
else for p in ${names}; do if rpm -q --whatprovides "$p" >/dev/null 2>&1; then echo "ii $p"; fi; done; fi`;
  return query(script, (out) =>
    names.filter((name) => !out.split("\n").some((line) => isInstalled(line, name))),
  );
}

/** `ii` is dpkg's status for desired and installed. */
function isInstalled(line: string, name: string): boolean {
  return line.startsWith("ii") && line.split(/\s+/)[1] === name;
}

/**
 * Whether a configuration file is neither managed by k8s-ha nor the package's default: it exists, does not start with our
 * mark, and differs from the packaged file (dpkg and rpm record the digest of each).
 */
export function isForeignFile(path: string, owner: { mark: string; package: string }): Query<boolean> {
  const script = sh`is_packaged() {
  if ! [ -f ${RED_HAT} ]
  then dpkg-query -W -f ${"${Conffiles}\n"} ${owner.package} 2>/dev/null | grep -qF " ${path} $(md5sum <${path} | cut -c1-32)"
  else rpm -q --qf ${"[%{FILENAMES} %{FILEDIGESTS}\n]"} ${owner.package} 2>/dev/null | grep -qxF "${path} $(sha256sum <${path} | cut -c1-64)"; fi
}
if [ ! -f ${path} ] || [ "$(head -n 1 ${path})" = ${owner.mark} ] || is_packaged; then echo no; else echo yes; fi`;
  return query(script, (out) => out.trim() === "yes");
}
