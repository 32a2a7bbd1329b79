import { Failure } from "../failure.js";
import { sh } from "../shell/shell.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** In a kubeconfig file, the clusters that name one server name another; the rest, keys included, stays. */
export interface KubeconfigChange extends BaseChange {
  readonly kind: "kubeconfig";
  readonly path: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Edits the `server:` lines on the host itself: the file's private key never leaves it. kubeadm's files, and those
 * that kubectl writes, have each `server:` on a line of its own. Two paths may lead to one file: the second edit finds it made.
 */
export const kubeconfigKind: ChangeKind<KubeconfigChange> = {
  kind: "kubeconfig",
  describe: (c) => `${c.path}: server ${c.to}`,
  diff: (c) => `- server: ${c.from}\n+ server: ${c.to}`,
  async apply(c, { host }) {
    const out = await host.run(
      sh`set -eu
umask 077
file=$(readlink -f ${c.path})
dir=$(dirname "$file")
new=$(mktemp "$dir/.k8s-ha.XXXXXX")
trap 'rm -f "$new"' EXIT
cp -p "$file" "$new"
count=$(FROM=${c.from} TO=${c.to} awk '
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
    if (out.trim() === "0") {
      throw new Failure(`${c.path} no longer names ${c.from}`, {
        host: host.name,
        hint: "start again: the plan is made anew",
      });
    }
  },
};
