import { firstMaster } from "../../inventory/targets.js";
import { joinSecrets, KUBEADM_CERTS, type JoinSecret } from "../../cluster/join-secrets.js";
import type { DoctorCheck, Finding } from "../check.js";

/** No join token lasts forever, and no certificates of kubeadm are left in the cluster. */
export const leftoverSecrets: DoctorCheck<readonly JoinSecret[]> = {
  id: "leftover-secrets",
  title: "join tokens expire, and no uploaded certificates are left",
  upstream: "https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-token/",
  probe: (fleet) => joinSecrets(fleet.firstMaster),
  findings: (secrets, inventory, now) => {
    const host = firstMaster(inventory).name;
    const tokens = secrets.filter(({ name }) => name !== KUBEADM_CERTS);
    // One without a time, or with one that cannot be read, has the end NaN.
    const endOf = ({ expires = "" }: JoinSecret): number => Date.parse(expires) / 1000;
    const forever = tokens.filter((token) => Number.isNaN(endOf(token)));
    const valid = tokens.filter((token) => endOf(token) > now);
    const names = (all: readonly JoinSecret[]): string => all.map(({ name }) => name).join(", ");
    return [
      ...(forever.length === 0
        ? []
        : [
            {
              severity: "warning" as const,
              host,
              what: `with these join tokens, machines can join forever: ${names(forever)}`,
              fix: `delete each one that is not in use: kubeadm token delete ID, where ID follows bootstrap-token-`,
            },
          ]),
      ...(valid.length === 0
        ? []
        : [
            {
              severity: "info" as const,
              host,
              what: `with these join tokens, machines can join until they expire: ${names(valid)}`,
              fix: "delete those that are no longer required: kubeadm token delete ID",
            },
          ]),
      ...secrets
        .filter(({ name }) => name === KUBEADM_CERTS)
        .map((): Finding => ({
          severity: "warning",
          host,
          what: "the CA keys are in the Secret kube-system/kubeadm-certs, encrypted with a key that was printed when they were uploaded",
          fix: "if no master joins now: kubectl -n kube-system delete secret kubeadm-certs",
        })),
    ];
  },
};
