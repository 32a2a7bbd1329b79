import type { Sandbox } from "./sandbox.js";

const ROOT = "1190 1010 0:211 / / rw,relatime - overlay overlay rw";
/** The cgroup of our pods, with containerd, systemd and cgroup v2. */
const OURS = {
  cgroup:
    "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod6d2c1f.slice/cri-containerd-9f1e.scope",
  source: "254:0 /etc/haproxy",
  type: "ext4 /dev/vda rw",
};

/**
 * Lets scripts that grep see a process as its files below /proc describe it: its cgroup, and what is mounted in it at
 * the folder of a program's configuration, as a device and a path on it; nothing for `null`.
 */
export function showProcess(
  sandbox: Sandbox,
  pid: number,
  program: string,
  how: { readonly cgroup?: string; readonly source?: string | null; readonly type?: string } = {},
): void {
  const { cgroup, source, type } = { ...OURS, ...how };
  const mount = `1203 1190 ${source} ${sandbox.path(`/etc/k8s-ha/${program}`)} ro,relatime master:1 - ${type}`;
  sandbox.file(`/proc/${pid}/cgroup`, `${cgroup}\n`);
  sandbox.file(`/proc/${pid}/mountinfo`, [ROOT, ...(source === null ? [] : [mount]), ""].join("\n"));
  sandbox.answer(
    "grep",
    `for file; do :; done
case $file in /proc/*) set -- "$1" "$2" "$SANDBOX$file" ;; esac
exec /usr/bin/grep "$@"`,
  );
}
