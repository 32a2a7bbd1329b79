import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LabIdentity } from "./identity.js";

/** Inotify instances that one user may have: root's on the machine and on all hosts are counted together. */
const LIMIT = "/proc/sys/fs/inotify/max_user_instances";
/** Counted on a master: systemd 4, the kubelet 5, containerd, logind, D-Bus, polkit, kube-proxy and others. */
const PER_HOST = 16;
/** For the machine itself. */
const OTHERS = 16;

const recordFile = (lab: LabIdentity) => join(lab.runFolder, "inotify-limit.json");
const limit = (file: string) => Number(readFileSync(file, "utf8"));

/** Raises the machine's limit where so many hosts would meet it: their kubelets would stop hearing of their files. */
export function raiseInotifyLimit(lab: LabIdentity, hosts: number, file = LIMIT): void {
  const former = limit(file);
  const raised = hosts * PER_HOST + OTHERS;
  if (former >= raised) return;
  writeFileSync(recordFile(lab), JSON.stringify({ former, raised }));
  writeFileSync(file, String(raised));
  process.stderr.write(`lab: fs.inotify.max_user_instances is ${raised} until down; it was ${former}\n`);
}

/** Puts it back, unless somebody else has set it since. */
export function putBackInotifyLimit(lab: LabIdentity, file = LIMIT): void {
  const record = recordFile(lab);
  if (!existsSync(record)) return;
  const { former, raised } = JSON.parse(readFileSync(record, "utf8")) as { former: number; raised: number };
  if (limit(file) === raised) writeFileSync(file, String(former));
  rmSync(record);
}
