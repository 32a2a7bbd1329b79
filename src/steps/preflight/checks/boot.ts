import { bootFaults } from "../../../machine/node-boot.js";
import { askEquipped, type Answers } from "../answers.js";
import { blocker, type PreflightCheck } from "../check.js";

/** Every node comes back after a reboot; kubeadm does not enable the kubelet of a machine that joins. */
export const boot: PreflightCheck<Answers<readonly string[]>> = {
  id: "boot",
  probe: (fleet) =>
    askEquipped(fleet, fleet.hosts("controlPlane", "workers"), (host) => host.ask(bootFaults)),
  problems: ({ found, failures }) => [
    ...failures,
    ...[...found].flatMap(([name, faults]) =>
      faults.map((what) =>
        blocker(
          name,
          what,
          what.startsWith("kubelet ")
            ? `on ${name}: systemctl enable kubelet`
            : `on ${name}: restore the file; kubeadm writes it with: kubeadm upgrade node phase kubelet-config`,
        ),
      ),
    ),
  ],
};
