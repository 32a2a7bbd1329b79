import { apiFault } from "../cluster/api.js";
import { etcdHealth } from "../cluster/etcd.js";
import { NotReady } from "../engine/migration.js";
import { planStep } from "../engine/plan.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import { query } from "../machine/query.js";
import { sh } from "../shell/shell.js";
import { startMember } from "../steps/control-plane/start-member.js";

const keysMatch = query(
  sh`cd /etc/kubernetes/pki 2>/dev/null && [ -f apiserver.crt ] && [ -f apiserver.key ] || exit 0
[ "$(openssl x509 -noout -pubkey -in apiserver.crt)" = "$(openssl pkey -pubout -in apiserver.key)" ] || echo no`,
  (out) => out.trim() !== "no",
);

/**
 * Fails once if the API is unavailable, with the health that the first master's etcd reports: nothing can be checked.
 * @throws NotReady
 */
export async function requireApi(look: ReadOnlyFleet): Promise<void> {
  const master = look.firstMaster;
  const fault = await master.ask(apiFault(master));
  if (fault === undefined) return;
  const { problems = [] } = await planStep(startMember, look);
  const blocker = problems.find(({ severity }) => severity === "blocker");
  if (blocker !== undefined) {
    const { what, fix, host = master.name } = blocker;
    throw new NotReady(`the API is unavailable: ${what}`, { host, hint: fix });
  }
  const [health, match] = await Promise.all([master.ask(etcdHealth), master.ask(keysMatch)]);
  const staged = "/etc/kubernetes/.k8s-ha-certificates/apiserver.crt";
  throw new NotReady(`the apiserver is not ready: ${fault}\netcd reports:\n${health}`, {
    host: master.name,
    hint: match
      ? 'see docs/recovery.md, "API server unavailable"'
      : `apiserver.key and apiserver.crt do not match: a run was interrupted between two renames. On ${master.name}: mv ${staged} /etc/kubernetes/pki/apiserver.crt`,
  });
}
