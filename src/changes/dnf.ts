import { sh, type Shell } from "../shell/shell.js";
import type { PackageTool } from "./package-tool.js";

/** LC_ALL because its tables are parsed. dnf waits for its lock by itself. */
const DNF = sh`LC_ALL=C dnf --setopt=install_weak_deps=False --setopt=clean_requirements_on_remove=False`;

/** The package tool of the Red Hat family since version 8. */
export const dnf: PackageTool = {
  install: (names) => sh`${DNF} -y install ${names}`,
  simulateInstall: (names) => simulated(sh`install ${names}`),
  arriving: (out) => ({ purge: named(out, "Installing"), remove: [] }),
  simulateRemoval: (names) => sh`${thoseThere(names)}
[ $# -gt 0 ] || exit 0
${simulated(sh`remove "$@"`)}`,
  leaving: (out) => named(out, "Removing"),
  removal: ({ purge }) => sh`${thoseThere(purge)}
[ $# -eq 0 ] || ${DNF} -y remove "$@"`,
};

/** Sets the script's arguments to those packages that are installed. */
function thoseThere(names: readonly string[]): Shell {
  return sh`set --; for p in ${names}; do if rpm -q "$p" >/dev/null 2>&1; then set -- "$@" "$p"; fi; done`;
}

/** What dnf would do. It exits with 1 after --assumeno as well as after an error: its output distinguishes them. */
function simulated(command: Shell): Shell {
  return sh`out=$(${DNF} --assumeno ${command} 2>&1)
printf '%s\n' "$out"
case $out in *"Operation aborted."* | *"Nothing to do."*) ;; *) exit 1 ;; esac`;
}

/**
 * The packages below headings such as `Installing dependencies:`. A row begins with one space; if a name is too long,
 * the rest of its row follows on the next line, indented further.
 */
function named(table: string, heading: "Installing" | "Removing"): string[] {
  const sections = table
    .split(/^(?=\S.*:$|Transaction Summary$)/m)
    .filter((text) => text.startsWith(heading));
  return sections.flatMap((text) => [...text.matchAll(/^ (\S+)/gm)].map((m) => m[1] ?? ""));
}
