import type { Inventory } from "../../../inventory/schema.js";
import { packageManager, type PackageManager } from "../../../machine/packages.js";
import { query } from "../../../machine/query.js";
import { sh } from "../../../shell/shell.js";
import type { Problem } from "../../step.js";
import { askEach, type Answers } from "../answers.js";
import { blocker, type PreflightCheck } from "../check.js";

interface System {
  /** `ID` and `ID_LIKE` of os-release, such as `ubuntu debian`. */
  readonly os: string;
  readonly packageManager: PackageManager;
  readonly systemd: boolean;
}

const osRelease = query(sh`. /etc/os-release; echo "$ID $ID_LIKE"`, (out) => out.trim());
const hasSystemd = query(
  sh`if [ -d /run/systemd/system ] && command -v systemd-run >/dev/null; then echo yes; fi`,
  (out) => out.trim() === "yes",
);

/** Every machine runs systemd, and haproxy and keepalived can be installed on each load balancer. */
export const operatingSystem: PreflightCheck<Answers<System>> = {
  id: "operating-system",
  probe: (fleet) =>
    askEach(fleet.hosts(), async (host) => {
      const [os, manager, systemd] = await Promise.all([
        host.ask(osRelease),
        host.ask(packageManager),
        host.ask(hasSystemd),
      ]);
      return { os, packageManager: manager, systemd };
    }),
  problems: ({ found, failures }, inventory) => [
    ...failures,
    ...[...found].flatMap(([name, system]) => [
      ...(system.systemd
        ? []
        : [blocker(name, "systemd is not running", "k8s-ha requires hosts with systemd")]),
      ...(needsPackages(name, inventory) ? unsupported(name, system) : []),
    ]),
  ],
};

function needsPackages(name: string, { loadBalancer, loadBalancers }: Inventory): boolean {
  return loadBalancer.runAs === "packages" && loadBalancers.some((host) => host.name === name);
}

function unsupported(name: string, { os, packageManager: manager }: System): Problem[] {
  if (manager === "apt" || manager === "dnf") return [];
  const what =
    manager === "yum"
      ? `haproxy and keepalived of ${os || "this system"} are too old: haproxy is 1.5, but 1.8 is required`
      : `packages cannot be installed on ${os || "this system"}`;
  const fix = "use a load balancer with Debian, Ubuntu, or the Red Hat family from version 8 on";
  return [blocker(name, what, fix)];
}
