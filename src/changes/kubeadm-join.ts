import { masked, MaskedText } from "../config-files/masked-text.js";
import { joinConfiguration, joinFlags, type JoinOptions } from "../config-files/join-configuration.js";
import { joinSeconds } from "../config-files/kubeadm-limits.js";
import type { WritableHost } from "../machine/host.js";
import { ADMIN_CONF } from "../machine/kubectl.js";
import { runAsUnit } from "../machine/systemd.js";
import { Secret } from "../shell/secret.js";
import { quote, sh, type Shell } from "../shell/shell.js";
import type { ApplyContext } from "./kind.js";

const CONFIG = "/run/k8s-ha/join.yaml";
const ENVIRONMENT = "/run/k8s-ha/join.env";

/** kubeadm's options for both kinds of join; the token is created when it is needed. */
type Joining = Omit<JoinOptions, "token" | "caCertHashes"> & {
  readonly caCertHash: string;
  /** The number of etcd members including the one that this join adds; absent if it adds none. */
  readonly etcdMembers?: number;
  /** The phases that kubeadm must skip. */
  readonly skipPhases?: readonly string[];
  /** Variables of kubeadm's environment, such as `HTTPS_PROXY`; they may contain passwords. */
  readonly environment?: Readonly<Record<string, string>>;
};

/**
 * Joins a machine with kubeadm, in a systemd unit on the host, with its own token, which is on no disk afterwards.
 * @param description identifies the token when it is revoked
 */
export async function kubeadmJoin(
  joining: Joining,
  description: string,
  { host, fleet, note }: ApplyContext,
): Promise<void> {
  const token = await createToken(fleet.firstMaster, description);
  const config = joinConfiguration({ ...joining, token, caCertHashes: [joining.caCertHash] });
  await host.run(sh`umask 077; mkdir -p /run/k8s-ha; cat >${CONFIG}`, { stdin: config.secretText() });
  const setEnvironment = await environment(joining.environment ?? {}, host);
  note(`kubeadm join on ${host.name}`);
  const flags = [
    ...joinFlags(joining),
    ...(joining.skipPhases ?? []).map((phase) => `--skip-phases=${phase}`),
  ];
  const { kubernetesVersion, etcdMembers = 0, databaseBytes } = joining;
  try {
    await runAsUnit(
      host,
      "join",
      sh`trap 'rm -f ${CONFIG} ${ENVIRONMENT}' EXIT; ${setEnvironment}systemctl enable -q kubelet; kubeadm join --config ${CONFIG} ${flags}`,
      {
        timeoutSeconds: joinSeconds(kubernetesVersion, etcdMembers, databaseBytes),
        ...(fleet.signal && { signal: fleet.signal }),
      },
    );
  } catch (error) {
    // A unit that was killed did not clean up; one that still runs has already read its file.
    await host.run(sh`rm -f ${CONFIG} ${ENVIRONMENT}`).catch(() => undefined);
    throw error;
  }
}

/** Writes variables to a file on the host, and returns the shell that reads it: passwords must not be in argv. */
async function environment(variables: Readonly<Record<string, string>>, host: WritableHost): Promise<Shell> {
  const lines = Object.entries(variables).map(
    ([name, value]) => masked`export ${name}=${new Secret(quote(value))}\n`,
  );
  if (lines.length === 0) return sh``;
  const text = new MaskedText(lines.flatMap((line) => line.parts()));
  await host.run(sh`umask 077; cat >${ENVIRONMENT}`, { stdin: text.secretText() });
  return sh`. ${ENVIRONMENT}; `;
}

/** Describes which of kubeadm's preflight checks a join ignores. */
export function ignoring({ ignorePreflightErrors = [] }: Pick<JoinOptions, "ignorePreflightErrors">): string {
  return ignorePreflightErrors.length === 0
    ? ""
    : `, ignoring preflight errors: ${ignorePreflightErrors.join(", ")}`;
}

/** kubeadm generates the token, so that it is never in argv. */
async function createToken(master: WritableHost, description: string): Promise<Secret> {
  const out = await master.run(
    sh`kubeadm token create --kubeconfig ${ADMIN_CONF} --ttl 30m --description ${description}`,
    { secretOutput: true },
  );
  return new Secret(out.trim());
}
