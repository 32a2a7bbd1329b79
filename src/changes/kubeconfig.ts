import { Failure } from "../failure.js";
import { BESIDE } from "../machine/files.js";
import type { WritableHost } from "../machine/host.js";
import { query, type Query } from "../machine/query.js";
import { kubeconfigs } from "../machine/kubeconfigs.js";
import { isAsSaved, restoreFiles, saveFiles, type SavedFile } from "../machine/saved-files.js";
import { sh, type Shell } from "../shell/shell.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** Replaces a server in a kubeconfig file; the rest, including keys, stays unchanged. */
export interface KubeconfigChange extends BaseChange {
  readonly kind: "kubeconfig";
  readonly path: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Edits the `server:` lines on the host itself: the file's private key never leaves it. Files by kubeadm and
 * kubectl have each `server:` on a separate line. Two paths may lead to one file: the second edit then finds it done.
 */
export const kubeconfigKind: ChangeKind<KubeconfigChange, SavedFile[]> = {
  kind: "kubeconfig",
  mark: "~",
  describe: (c) => `${c.path}: server ${c.to}`,
  diff: (c) => `- server: ${c.from}\n+ server: ${c.to}`,
  async apply(c, { host }) {
    if ((await replaceServer(host, c.path, c.from, c.to)) === "none") {
      throw new Failure(`${c.path} no longer contains the server ${c.from}`, {
        host: host.name,
        hint: "run the same command again: k8s-ha makes a new plan",
      });
    }
  },
  undo: {
    target: (c) => c.path,
    async before(c, { host, runId }) {
      const file = await host.ask(query(sh`readlink -f ${c.path}`, (out) => out.trimEnd()));
      return saveFiles(host, runId, [file]);
    },
    describe: (c) => `${c.path}: server ${c.from}`,
    async drift(c, [file], host) {
      if (file === undefined) return undefined;
      const [now] = await host.ask(kubeconfigs([file.path]));
      if (now === undefined) return `${c.path} no longer exists`;
      if (now.servers.includes(c.to) || (await isAsSaved(host, file))) return undefined;
      return `${c.path} no longer contains the server ${c.to}`;
    },
    async undo(c, saved, { host }) {
      const [file] = saved;
      if (file === undefined || file.copy === null) return;
      if (await host.ask(differInServersAlone(file.path, file.copy))) await restoreFiles(host, saved);
      // Its keys were renewed in the meantime: keep them.
      else await replaceServer(host, file.path, c.to, c.from);
    },
  },
};

/** Also true if the file no longer exists: then there is nothing to keep. */
function differInServersAlone(path: string, copy: string): Query<boolean> {
  const rest = (file: string): Shell => sh`sed 's/^ *server: .*//' ${file} | sha256sum`;
  return query(
    sh`if ! [ -e ${path} ] || [ "$(${rest(path)})" = "$(${rest(copy)})" ]; then echo yes; fi`,
    (out) => out.trim() === "yes",
  );
}

/** Returns whether the file was `edited`, already names the new server (`done`), or names neither (`none`). */
async function replaceServer(
  host: WritableHost,
  path: string,
  from: string,
  to: string,
): Promise<"edited" | "done" | "none"> {
  const out = await host.run(
    sh`set -eu
umask 077
file=$(readlink -f ${path})
dir=$(dirname "$file")
${BESIDE}
new=$(beside "$file")
rm -rf "$new"
trap 'rm -f "$new"' EXIT
cp -p --remove-destination "$file" "$new"
count=$(FROM=${from} TO=${to} awk '
  { value = $0; sub(/^ *server: */, "", value); sub(/ *$/, "", value); gsub(/^["'"'"']|["'"'"']$/, "", value) }
  /^ *server: / && value == ENVIRON["FROM"] { match($0, /^ *server: */); print substr($0, 1, RLENGTH) ENVIRON["TO"]; n++; next }
  /^ *server: / && value == ENVIRON["TO"] { done = 1 }
  { print }
  END { print (n == 0 && done ? "done" : n + 0) >"/dev/stderr" }' "$file" 2>&1 >"$new")
echo "$count"
case $count in 0|done) exit 0;; esac
sync "$new"
mv -T "$new" "$file"
sync "$dir"
if command -v restorecon >/dev/null; then restorecon "$file"; fi`,
  );
  const count = out.trim();
  return count === "0" ? "none" : count === "done" ? "done" : "edited";
}
