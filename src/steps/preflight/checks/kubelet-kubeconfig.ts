import { isReady, nodeAt, nodes } from "../../../cluster/kubernetes.js";
import { KUBELET_CONF } from "../../../machine/kubeconfigs.js";
import { commandLines } from "../../../machine/processes.js";
import { askEquipped, type Answers } from "../answers.js";
import { blocker, type PreflightCheck } from "../check.js";

/** The kubeconfig of each running kubelet; `null` without `--kubeconfig`. Several with a cluster in containers. */
type Kubeconfigs = readonly (string | null)[];

/** The kubelets of all Ready nodes use the kubeconfig that step `kubelet-kubeconfig` edits. */
export const kubeletKubeconfig: PreflightCheck<Answers<Kubeconfigs>> = {
  id: "kubelet-kubeconfig",
  probe: async (fleet) => {
    const onHosts = askEquipped(fleet, fleet.hosts("controlPlane", "workers"), async (host) =>
      (await host.ask(commandLines(["kubelet"]))).map(kubeconfigOf),
    );
    const [{ found, failures }, all] = await Promise.all([onHosts, nodes(fleet)]);
    // Check `health` reports a node that is not Ready, whose kubelet may be stopped.
    const ready = [...found].filter(([name]) => {
      const node = nodeAt(all, fleet.host(name).address);
      return node !== undefined && isReady(node);
    });
    return { found: new Map(ready), failures };
  },
  problems: ({ found, failures }) => [
    ...failures,
    ...[...found]
      .filter(([, paths]) => !paths.includes(KUBELET_CONF))
      .map(([name, paths]) => {
        const [path] = paths.filter((one) => one !== null);
        return path === undefined
          ? blocker(
              name,
              "the kubeconfig of the kubelet is unknown: no running kubelet has the option --kubeconfig",
              `run the kubelet with --kubeconfig=${KUBELET_CONF}, as kubeadm's 10-kubeadm.conf does`,
            )
          : blocker(
              name,
              `the kubelet uses the kubeconfig ${path}, which k8s-ha does not change`,
              `on ${name}: copy ${path} to ${KUBELET_CONF}, set --kubeconfig=${KUBELET_CONF} in the kubelet's service, and restart the kubelet`,
            );
      }),
  ],
};

/** The value of `--kubeconfig` on a command line; the last one counts. */
function kubeconfigOf(command: readonly string[]): string | null {
  const values = command.flatMap((argument, i) => {
    const option = /^--?kubeconfig(?:=(.*))?$/s.exec(argument);
    return option === null ? [] : [option[1] ?? command[i + 1] ?? ""];
  });
  return values.at(-1) ?? null;
}
