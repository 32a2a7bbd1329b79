import { joinConfiguration, joinFlags, type JoinOptions } from "../config-files/join-configuration.js";
import { JOIN_SECONDS } from "../config-files/kubeadm-versions.js";
import type { WritableHost } from "../machine/host.js";
import { ADMIN_CONF } from "../machine/kubectl.js";
import { runAsUnit } from "../machine/systemd.js";
import { Secret } from "../shell/secret.js";
import { sh } from "../shell/shell.js";
import type { ApplyContext } from "./kind.js";

const CONFIG = "/run/k8s-ha/join.yaml";

/** What both kinds of join tell kubeadm; its token is made when it is needed. */
type Joining = Omit<JoinOptions, "token" | "caCertHashes"> & {
  readonly caCertHash: string;
  /** What kubeadm would do, and is not to. */
  readonly skipPhases?: readonly string[];
};

/**
 * Joins a machine with kubeadm, as a unit of the host, by a token of its own that is on no disk afterwards.
 * @param description by which the token is found again, to be revoked
 */
export async function kubeadmJoin(
  joining: Joining,
  description: string,
  { host, fleet, note }: ApplyContext,
): Promise<void> {
  const token = await createToken(fleet.firstMaster, description);
  const config = joinConfiguration({ ...joining, token, caCertHashes: [joining.caCertHash] });
  await host.run(sh`umask 077; mkdir -p /run/k8s-ha; cat >${CONFIG}`, { stdin: config.secretText() });
  note(`kubeadm join on ${host.name}`);
  const flags = [
    ...joinFlags(joining),
    ...(joining.skipPhases ?? []).map((phase) => `--skip-phases=${phase}`),
  ];
  try {
    await runAsUnit(
      host,
      "join",
      sh`trap 'rm -f ${CONFIG}' EXIT; systemctl enable -q kubelet; kubeadm join --config ${CONFIG} ${flags}`,
      { timeoutSeconds: JOIN_SECONDS, ...(fleet.signal && { signal: fleet.signal }) },
    );
  } catch (error) {
    // A unit that was ended from outside did not clean up; one that still runs has read its file long ago.
    await host.run(sh`rm -f ${CONFIG}`).catch(() => undefined);
    throw error;
  }
}

/** Which checks of kubeadm's preflight a join ignores, for its description. */
export function ignoring({ ignorePreflightErrors = [] }: Pick<JoinOptions, "ignorePreflightErrors">): string {
  return ignorePreflightErrors.length === 0
    ? ""
    : `, ignoring preflight errors: ${ignorePreflightErrors.join(", ")}`;
}

/** kubeadm makes the token up, so that it is never in argv. */
async function createToken(master: WritableHost, description: string): Promise<Secret> {
  const out = await master.run(
    sh`kubeadm token create --kubeconfig ${ADMIN_CONF} --ttl 30m --description ${description}`,
    { secretOutput: true },
  );
  return new Secret(out.trim());
}
