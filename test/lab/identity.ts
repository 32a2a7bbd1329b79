import { homedir } from "node:os";
import { join } from "node:path";
import { LabError } from "./errors.js";

/** Where one lab keeps its things, and what its namespaces and cgroups are called. */
export interface LabIdentity {
  readonly name: string;
  /** What is built once for all labs of this user. */
  readonly buildFolder: string;
  /** The loop image with every host's file system. */
  readonly imageFile: string;
  /** Where it is mounted, alone in a folder, which is a mount as well: an open file beside it would keep that busy. */
  readonly mountPoint: string;
  /** Keys, known hosts, inventory, state and consoles. */
  readonly runFolder: string;
  /** Where the operator sits. */
  readonly operatorNamespace: string;
  readonly cgroup: string;
}

/** The lab named by `K8S_HA_LAB` (default `lab`), below the user's cache folder. */
export function labIdentity(
  name = process.env["K8S_HA_LAB"] ?? "lab",
  cacheHome = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"),
): LabIdentity {
  if (!/^[a-z][a-z0-9]{0,14}$/.test(name)) {
    throw new LabError(
      `K8S_HA_LAB=${name}: a lab's name is lower-case letters and digits, at most 15 of them.`,
    );
  }
  const folder = join(cacheHome, "k8s-ha-lab");
  const own = join(folder, "labs", name);
  return {
    name,
    buildFolder: join(folder, "build"),
    imageFile: join(own, "hosts.img"),
    mountPoint: join(own, "disk", "mnt"),
    runFolder: join(own, "run"),
    operatorNamespace: name,
    cgroup: `k8s-ha-${name}`,
  };
}

/** The network namespace of a host. */
export function hostNamespace(lab: LabIdentity, host: string): string {
  return `${lab.operatorNamespace}-${host}`;
}
