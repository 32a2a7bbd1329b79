import { holds } from "../config-files/kubeadm-versions.js";
import { parseText } from "../config-files/yaml-text.js";
import { initConfiguration, type InitNode } from "../config-files/init-configuration.js";
import { Failure } from "../failure.js";
import { parseSans, sansLine } from "../machine/certificates.js";
import { query } from "../machine/query.js";
import { putBack, saveFiles, type SavedFile } from "../machine/saved-files.js";
import { sh } from "../shell/shell.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** Gives a master's apiserver a certificate with more names. */
export interface ApiserverCertificateChange extends BaseChange, InitNode {
  readonly kind: "apiserver-certificate";
  readonly sansBefore: readonly string[];
  /** Every name the new certificate must have. */
  readonly sansAfter: readonly string[];
}

const PKI = "/etc/kubernetes/pki";
const DAY_SECONDS = 86_400;
const STAGING = "/etc/kubernetes/.k8s-ha-certificates";

/** How soon an apiserver reads a new certificate. */
function reads(clusterConfiguration: string): string {
  const version = String(
    parseText(clusterConfiguration, "kubeadm's ClusterConfiguration").get("kubernetesVersion"),
  );
  return holds("certificateAtOnce", version) ? "at once" : "within 60 s";
}

/**
 * Lets kubeadm create the certificate in a staging folder, verifies it, and then renames key and certificate into
 * place. The apiserver reloads them without a restart.
 */
export const apiserverCertificateKind: ChangeKind<ApiserverCertificateChange, SavedFile[]> = {
  kind: "apiserver-certificate",
  mark: "~",
  describe: () => "create a new apiserver certificate with kubeadm init phase certs",
  diff: (c) =>
    c.sansAfter
      .filter((name) => !c.sansBefore.includes(name))
      .map((name) => `+ SAN ${name}`)
      .join("\n"),
  interrupts: ({ clusterConfiguration }) => ({
    what: `nothing: the apiserver reloads the certificate ${reads(clusterConfiguration)} without a restart`,
    seconds: 0,
  }),
  async apply(c, { host }) {
    const config = initConfiguration({ ...c, advertiseAddress: host.address, certificatesDir: STAGING });
    // kubeadm skips a certificate that already exists, hence the empty folder. -partial_chain: another CA may have signed ca.crt.
    const made = await host.run(
      sh`set -eu
umask 077
rm -rf ${STAGING}
mkdir ${STAGING}
cat >${`${STAGING}/kubeadm.yaml`}
ln -s ${`${PKI}/ca.crt`} ${`${PKI}/ca.key`} ${STAGING}/
kubeadm init phase certs apiserver --config ${`${STAGING}/kubeadm.yaml`} >&2
openssl verify -partial_chain -CAfile ${`${PKI}/ca.crt`} ${`${STAGING}/apiserver.crt`} >&2
${sansLine(sh`-in ${`${STAGING}/apiserver.crt`}`)}`,
      { stdin: config.secretText() },
    );
    const missing = c.sansAfter.filter((name) => !parseSans(made).includes(name));
    if (missing.length > 0) {
      throw new Failure(
        `kubeadm created a certificate without ${missing.join(", ")}; the old one stays in place`,
        {
          host: host.name,
          hint: `inspect ${STAGING}/kubeadm.yaml on ${host.name}`,
        },
      );
    }
    await host.run(
      sh`set -eu
chmod 0600 ${`${STAGING}/apiserver.key`}
chmod 0644 ${`${STAGING}/apiserver.crt`}
${takeIntoUse}`,
    );
  },
  undo: {
    target: () => "apiserver.crt",
    before: (_, { host, runId }) => saveFiles(host, runId, [`${PKI}/apiserver.key`, `${PKI}/apiserver.crt`]),
    describe: (_, saved) => putBack(...saved),
    async drift(_, saved, host) {
      const certificate = saved[1]?.copy ?? "";
      const why = await host.ask(
        query(
          sh`[ -e ${certificate} ] || { echo ${`its copy ${certificate} is missing`}; exit; }
openssl verify -partial_chain -CAfile ${`${PKI}/ca.crt`} ${certificate} >/dev/null 2>&1 || echo "it is not signed by the cluster's CA, or it has expired"
openssl x509 -noout -checkend ${DAY_SECONDS} -in ${certificate} >/dev/null 2>&1 || echo "it expires within a day"`,
          (out) => out.trim().split("\n", 1)[0] ?? "",
        ),
      );
      return why === "" ? undefined : `the former apiserver certificate cannot be restored: ${why}`;
    },
    async undo(_, saved, { host }) {
      const [key, certificate] = saved;
      if (key?.copy == null || certificate?.copy == null) return;
      await host.run(
        sh`set -eu
umask 077
rm -rf ${STAGING}
mkdir ${STAGING}
cp -a ${key.copy} ${certificate.copy} ${STAGING}/
${takeIntoUse}`,
      );
    },
  },
};

/** Key and certificate must match: until both are in place, the staging folder holds the missing one. */
const takeIntoUse = sh`sync ${`${STAGING}/apiserver.key`} ${`${STAGING}/apiserver.crt`} ${STAGING}
mv -T ${`${STAGING}/apiserver.key`} ${`${PKI}/apiserver.key`}
mv -T ${`${STAGING}/apiserver.crt`} ${`${PKI}/apiserver.crt`}
sync ${PKI}
if command -v restorecon >/dev/null; then restorecon -R ${PKI}; fi
rm -rf ${STAGING}`;
