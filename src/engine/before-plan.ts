import { Failure } from "../failure.js";
import type { Fleet, ReadOnlyFleet } from "../machine/fleet.js";
import { APISERVER_PORT } from "../machine/kubectl.js";
import { onHost } from "../machine/etcd.js";
import { httpStatus } from "../machine/network.js";
import { query, remoteAttempt } from "../machine/query.js";
import { waitUntil } from "../machine/wait.js";
import { sh } from "../shell/shell.js";

/** As long as the longest unit of a change may run. */
const FORMER_WORK_SECONDS = 900;

const runningUnits = query(
  sh`systemctl list-units --no-legend --plain --state=active,activating,deactivating,reloading 'k8s-ha-*.service' | cut -d' ' -f1`,
  (out) => out.split("\n").filter((unit) => unit !== ""),
);

/**
 * Waits for what a former run left running on the hosts (a join, packages): its outcome is a fact that a plan must
 * start from, and nothing may be done beside it.
 */
export async function waitForFormerWork(fleet: Fleet, note: (text: string) => void): Promise<void> {
  let told = "";
  await waitUntil("what a former run left running", FORMER_WORK_SECONDS, fleet.signal, async () => {
    const look = fleet.look();
    const running = await Promise.all(
      look
        .hosts()
        .map(async (host) => (await host.ask(runningUnits)).map((unit) => `${unit} on ${host.name}`)),
    );
    const text = running.flat().join(", ");
    if (text !== "" && text !== told) note(`waiting for ${text}, which a former run began`);
    told = text;
    return text === "";
  });
}

const etcdState = remoteAttempt(sh`(${onHost(["member", "list"])}) 2>&1`, ({ stdout }) => stdout.trim());
const keysMatch = query(
  sh`cd /etc/kubernetes/pki 2>/dev/null && [ -f apiserver.crt ] && [ -f apiserver.key ] || exit 0
[ "$(openssl x509 -noout -pubkey -in apiserver.crt)" = "$(openssl pkey -pubout -in apiserver.key)" ] || echo no`,
  (out) => out.trim() !== "no",
);

/**
 * Without the API nothing can be looked at: says so once, with what etcd itself tells on the first master.
 * @throws Failure
 */
export async function requireApi(look: ReadOnlyFleet): Promise<void> {
  const master = look.firstMaster;
  const url = `https://${master.address}:${APISERVER_PORT}/readyz`;
  // 401 and 403: it answers, and refuses strangers.
  if ([200, 401, 403].includes(await master.ask(httpStatus(url)))) return;
  const [members, match] = await Promise.all([master.ask(etcdState), master.ask(keysMatch)]);
  const staged = "/etc/kubernetes/.k8s-ha-certificates/apiserver.crt";
  throw new Failure(`the apiserver is not ready at ${url}\netcd there says:\n${members}`, {
    host: master.name,
    hint: match
      ? 'see docs/recovery.md, "The API does not answer"'
      : `apiserver.key and apiserver.crt do not belong together: a run was cut off between two renames. On ${master.name}: mv ${staged} /etc/kubernetes/pki/apiserver.crt`,
  });
}
