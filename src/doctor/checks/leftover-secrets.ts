import { firstMaster } from "../../inventory/targets.js";
import { secretTypes, type SecretType } from "../../cluster/secret-types.js";
import type { DoctorCheck, Finding } from "../check.js";

/** No join token lasts forever, and no certificates of kubeadm are left in the cluster. */
export const leftoverSecrets: DoctorCheck<readonly SecretType[]> = {
  id: "leftover-secrets",
  title: "join tokens expire, and no uploaded certificates are left",
  upstream: "https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-token/",
  probe: (fleet) => secretTypes(fleet),
  findings: (secrets, inventory, now) => {
    const host = firstMaster(inventory).name;
    const tokens = secrets.filter(({ type }) => type === "bootstrap.kubernetes.io/token");
    const forever = tokens.filter(({ expiration }) => expiration === undefined);
    const valid = tokens.filter(({ expiration }) => expiration !== undefined && expiration > now);
    const names = (all: readonly SecretType[]): string => all.map(({ name }) => name).join(", ");
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
        .filter(({ name }) => name === "kubeadm-certs")
        .map((): Finding => ({
          severity: "warning",
          host,
          what: "the CA keys are in the Secret kube-system/kubeadm-certs, encrypted with a key that was printed when they were uploaded",
          fix: "if no master joins now: kubectl -n kube-system delete secret kubeadm-certs",
        })),
    ];
  },
};
