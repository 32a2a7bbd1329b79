import { posix } from "node:path";
import { sh, shellLines, type Shell } from "../shell/shell.js";
import { BESIDE } from "./files.js";
import type { ReadOnlyHost, WritableHost } from "./host.js";
import { query } from "./query.js";

/** A host's directory for files replaced by runs, readable only by root: they include keys, which never leave the host. */
const SAVED = "/var/lib/k8s-ha/undo";

/** The saved state of a file or directory, kept on its host. */
export interface SavedFile {
  readonly path: string;
  /** The path of its copy; `null` if it did not exist. */
  readonly copy: string | null;
  /** Its parent directories that did not exist, innermost first. */
  readonly missing: readonly string[];
}

/** Saves copies of files and directories, flushed to disk, with owners, modes, times and attributes; links as links. */
export async function saveFiles(
  host: WritableHost,
  runId: string,
  paths: readonly string[],
): Promise<SavedFile[]> {
  const out = await host.run(
    sh`set -eu
umask 077
mkdir -p ${`${SAVED}/${runId}`}
for f in ${paths}; do
  if [ -e "$f" ] || [ -L "$f" ]; then
    kept=$(mktemp -d ${`${SAVED}/${runId}/XXXXXX`})
    cp -a "$f" "$kept/"
    find "$kept" ! -type l -exec sync {} +
    echo "copy $kept/$(basename "$f")"
  else
    echo "absent"
    d=$(dirname "$f")
    while ! [ -e "$d" ]; do echo "missing $d"; d=$(dirname "$d"); done
  fi
done`,
  );
  const found: { copy: string | null; missing: string[] }[] = [];
  for (const line of out.split("\n")) {
    if (line === "absent") found.push({ copy: null, missing: [] });
    else if (line.startsWith("copy ")) found.push({ copy: line.slice(5), missing: [] });
    else if (line.startsWith("missing ")) found.at(-1)?.missing.push(line.slice(8));
  }
  return paths.map((path, index) => ({ path, ...(found[index] ?? { copy: null, missing: [] }) }));
}

/** Restores files, each atomically, and directories; replaces the current content. */
export async function restoreFiles(host: WritableHost, files: readonly SavedFile[]): Promise<void> {
  await host.run(
    shellLines(sh`set -eu; umask 077`, BESIDE, FUNCTIONS, ...files.map((file) => restored(file))),
  );
}

function restored({ path, copy, missing }: SavedFile): Shell {
  if (copy === null) {
    return sh`rm -rf --one-file-system ${path} "$(beside ${path})"
d=$(dirname ${path}); if [ -d "$d" ]; then sync "$d"; fi
for d in ${missing}; do rmdir --ignore-fail-on-non-empty "$d" 2>/dev/null || true; done`;
  }
  return sh`dir=$(dirname ${path})
if ! [ -e ${copy} ] && ! [ -L ${copy} ]; then echo ${`cannot restore ${path}: its saved copy ${copy} is missing`} >&2; exit 1; fi
mkdir -p "$dir"
new=$(beside ${path})
rm -rf "$new"
if is_folder ${copy} && is_folder ${path}; then
  refill ${copy} ${path}
else
  cp -a ${copy} "$new"
  find "$new" ! -type l -exec sync {} +
  if is_folder ${path}; then rm -rf --one-file-system ${path}; fi
  mv -T "$new" ${path}
fi
sync "$dir"`;
}

/**
 * Restores the content of an existing directory without replacing the directory: containerd watches /etc/cni/net.d, and
 * would not notice a new directory of that name.
 */
const FUNCTIONS = sh`is_folder() { [ -d "$1" ] && ! [ -L "$1" ]; }
refill() {
  (cd "$2" && find . -xdev -mindepth 1 -depth) | while IFS= read -r each; do
    if is_folder "$2/$each"; then is_folder "$1/$each" && continue
    elif ! is_folder "$1/$each" && { [ -e "$1/$each" ] || [ -L "$1/$each" ]; }; then continue; fi
    rm -rf --one-file-system "$2/$each"
  done
  cp -a --remove-destination "$1/." "$2/"
  find "$2" -xdev ! -type l -exec sync {} +
}`;

/** Whether a file equals its saved copy byte for byte, or is still absent if it was absent. */
export async function isAsSaved(host: ReadOnlyHost, { path, copy }: SavedFile): Promise<boolean> {
  const same =
    copy === null
      ? sh`if [ -e ${path} ] || [ -L ${path} ]; then echo no; else echo yes; fi`
      : sh`if cmp -s ${path} ${copy}; then echo yes; else echo no; fi`;
  return host.ask(query(same, (out) => out.trim() === "yes"));
}

/** A description of restoring files. */
export function putBack(...files: readonly SavedFile[]): string {
  const back = files.filter(({ copy }) => copy !== null).map(({ path }) => path);
  const absent = files.filter(({ copy }) => copy === null).map(({ path }) => path);
  return [
    ...(back.length > 0 ? [`restore ${back.join(", ")}`] : []),
    ...(absent.length > 0 ? [`remove ${absent.join(", ")}`] : []),
  ].join("; ");
}

/** Removes the files that these runs saved on a host; those of other inventories' runs may still be needed. */
export async function forgetSavedFiles(host: WritableHost, runIds: readonly string[]): Promise<void> {
  const own = runIds.map((runId) => `${SAVED}/${runId}`);
  await host.run(
    sh`rm -rf ${own}
rmdir ${SAVED} ${posix.dirname(SAVED)} 2>/dev/null || true`,
  );
}
