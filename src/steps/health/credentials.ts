import { httpsUrl } from "../../address.js";
import { nodeAt, nodes } from "../../cluster/kubernetes.js";
import { asAdmin } from "../../machine/api-batch.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import type { ReadOnlyHost } from "../../machine/host.js";
import { remoteAttempt, type Query } from "../../machine/query.js";
import { APISERVER_PORT } from "../../ports.js";
import { sh } from "../../shell/shell.js";
import { check, type Check } from "../step.js";

const ACCEPTED = "accepted";

/**
 * Checks that the apiserver of each master accepts the credentials of the kubeconfigs on that master. A component that has
 * loaded them before works until its next restart, and one that is not the leader does not need them.
 */
export async function credentialChecks(
  fleet: ReadOnlyFleet,
  masters: readonly ReadOnlyHost[],
): Promise<Check[]> {
  const all = await nodes(fleet);
  return Promise.all(
    masters.map(async (host) => {
      const node = nodeAt(all, host.address)?.metadata.name ?? host.name;
      const answers = await host.ask(statuses(host, node));
      const wrong = [...answers].filter(([, status]) => status !== "200");
      const actual =
        wrong
          .map(
            ([file, status]) =>
              `${file}: ${status === "000" ? "no answer, or no usable credentials" : status}`,
          )
          .join(", ") || ACCEPTED;
      return check(host.name, "credentials of its kubeconfigs", ACCEPTED, actual);
    }),
  );
}

/** The HTTP status of a request that each kubeconfig's user may make; by the file's name. */
function statuses(host: ReadOnlyHost, node: string): Query<ReadonlyMap<string, string>> {
  const server = httpsUrl(host.address, APISERVER_PORT);
  const script = asAdmin(sh`end=$(($(date +%s) + 20))
for file in admin.conf controller-manager.conf scheduler.conf kubelet.conf; do
  path="/api/v1/nodes?limit=1"
  [ $file != kubelet.conf ] || path=${`/api/v1/nodes/${node}`}
  use $file 2>/dev/null
  status=$(ask -o /dev/null -w '%{http_code}' ${server}"$path" 2>/dev/null) || true
  echo "$file \${status:-000}"
done`);
  return remoteAttempt(
    script,
    ({ stdout }) =>
      new Map(
        stdout
          .trim()
          .split("\n")
          .map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)] as const),
      ),
  );
}
