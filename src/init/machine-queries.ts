import { canonical, splitHostPort } from "../address.js";
import { query, type Query } from "../machine/query.js";
import { MANIFESTS } from "../machine/static-pods.js";
import { sh } from "../shell/shell.js";

const PATCHES = "/etc/kubernetes/patches";

/** The node address in the apiserver's manifest: kubeadm's annotation, or the flag in older manifests; empty without a manifest. */
export const apiserverAddress: Query<string> = query(
  sh`cd ${MANIFESTS} 2>/dev/null && [ -f kube-apiserver.yaml ] &&
sed -n 's/.*kube-apiserver.advertise-address.endpoint: *//p' kube-apiserver.yaml &&
sed -n 's/.*--advertise-address=//p' kube-apiserver.yaml || true`,
  (out) => {
    const first = (out.split("\n")[0] ?? "").replaceAll(/["' ]/g, "");
    return canonical(splitHostPort(first).host);
  },
);

/** Settings of a machine that an inventory depends on. */
export interface OwnSettings {
  readonly hasPatches: boolean;
  readonly hostsFile: string;
}

/** Reads {@link OwnSettings}. */
export const ownSettings: Query<OwnSettings> = query(
  sh`ls -A ${PATCHES} 2>/dev/null | wc -l
cat /etc/hosts 2>/dev/null || true`,
  (out) => {
    const [patches = "", ...hostsFile] = out.split("\n");
    return {
      hasPatches: Number(patches) > 0,
      hostsFile: hostsFile.join("\n"),
    };
  },
);
