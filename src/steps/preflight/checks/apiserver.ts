import { flag } from "../../../config-files/static-pod.js";
import { firstMaster } from "../../../inventory/targets.js";
import { readFile } from "../../../machine/files.js";
import { MANIFESTS } from "../../../machine/static-pods.js";
import { APISERVER_PORT } from "../../../ports.js";
import { blocker, type PreflightCheck } from "../check.js";

/** The first master's kube-apiserver is a static pod of kubeadm's, on the supported port. */
export const apiserver: PreflightCheck<{
  /** Empty if there is none. */
  readonly manifest: string;
}> = {
  id: "apiserver",
  probe: async (fleet) => {
    const file = await fleet.firstMaster.ask(readFile(`${MANIFESTS}/kube-apiserver.yaml`));
    return { manifest: file?.content ?? "" };
  },
  problems: ({ manifest }, inventory) => {
    const { name } = firstMaster(inventory);
    if (manifest === "") {
      const fix = "k8s-ha requires a cluster created by kubeadm";
      return [blocker(name, "kube-apiserver is not a static pod", fix)];
    }
    const port = flag(manifest, "secure-port") ?? String(APISERVER_PORT);
    return [
      ...(port === String(APISERVER_PORT)
        ? []
        : [
            blocker(
              name,
              `the apiserver listens on port ${port}`,
              `k8s-ha supports only port ${APISERVER_PORT}`,
            ),
          ]),
    ];
  },
};
