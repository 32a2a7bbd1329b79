import { httpsUrl, isIPv6 } from "../../address.js";
import { commandLine, flags } from "../../config-files/static-pod.js";
import { Failure } from "../../failure.js";
import { etcdLayout } from "../../cluster/etcd-layout.js";
import { clusterConfiguration } from "../../cluster/kubeadm-config.js";
import { readFile } from "../../machine/files.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import type { ReadOnlyHost } from "../../machine/host.js";
import { httpStatus } from "../../machine/network.js";
import { commandLines } from "../../machine/processes.js";
import { MANIFESTS, STATIC_PODS } from "../../machine/static-pods.js";
import { check, type Check } from "../step.js";

/** The health ports of the components that listen only on their host, unless --secure-port sets another one. */
const HEALTH_PORTS: Readonly<Record<string, number>> = {
  "kube-controller-manager": 10_257,
  "kube-scheduler": 10_259,
};

const UNBOUND: readonly [string, ...string[]] = ["0.0.0.0", "::"];

/** The static pods that kubeadm runs on a master. */
export async function componentsOf(fleet: ReadOnlyFleet, master: string): Promise<readonly string[]> {
  const etcd = etcdLayout(await clusterConfiguration(fleet), fleet.inventory);
  const hasEtcd = etcd === "stacked" || (etcd === "first-master" && master === fleet.firstMaster.name);
  return STATIC_PODS.filter((pod) => pod !== "etcd" || hasEtcd);
}

const RUNS = "runs its manifest";

/**
 * Checks that each component of each master runs with the arguments of its current manifest, and that the controller-manager
 * and the scheduler are healthy. The Pod objects lag behind and keep their last state while a kubelet is down; processes
 * do not.
 */
export async function componentChecks(
  fleet: ReadOnlyFleet,
  masters: readonly ReadOnlyHost[],
): Promise<Check[]> {
  const checks = masters.map(async (host) => {
    const components = await componentsOf(fleet, host.name);
    const [running, ...found] = await Promise.all([
      host.ask(commandLines(components)),
      ...components.map((component) => stateOf(host, component)),
    ]);
    return found.map(({ component, manifest, health }): Check => {
      const actual = componentState(component, manifest, running) ?? health ?? RUNS;
      return check(host.name, component, RUNS, actual);
    });
  });
  return (await Promise.all(checks)).flat();
}

async function stateOf(
  host: ReadOnlyHost,
  component: string,
): Promise<{ component: string; manifest: string | undefined; health: string | undefined }> {
  const manifest = (await host.ask(readFile(`${MANIFESTS}/${component}.yaml`)))?.content;
  const port = HEALTH_PORTS[component];
  if (port === undefined || manifest === undefined || !isReadable(manifest))
    return { component, manifest, health: undefined };
  const set = new Map(flags(manifest));
  const bound = set.get("bind-address") ?? UNBOUND[0];
  const address = UNBOUND.includes(bound) ? (isIPv6(host.address) ? "::1" : "127.0.0.1") : bound;
  const url = `${httpsUrl(address, Number(set.get("secure-port") ?? port))}/healthz`;
  const status = await host.ask(httpStatus(url));
  return { component, manifest, health: status === 200 ? undefined : `${url}: ${status || "no answer"}` };
}

/** Why a component does not run its manifest; `undefined` if it does. */
export function componentState(
  component: string,
  manifest: string | undefined,
  running: readonly (readonly string[])[],
): string | undefined {
  if (manifest === undefined) return `no manifest ${component}.yaml`;
  if (!isReadable(manifest)) return `the manifest ${component}.yaml cannot be read`;
  // Empty arguments are lost in the processes' own lists.
  const wanted = commandLine(manifest).filter((argument) => argument !== "");
  const own = running.filter(([program]) => programOf(program) === programOf(wanted[0]));
  if (own.length === 0) return "not running";
  // The kubelet expands $(VAR), so that argument cannot be compared.
  const isSame = (process: readonly string[]): boolean =>
    process.length === wanted.length &&
    wanted.slice(1).every((argument, i) => argument.includes("$(") || argument === process[i + 1]);
  return own.some(isSame) ? undefined : "runs with other arguments than its manifest";
}

function isReadable(manifest: string): boolean {
  try {
    return commandLine(manifest).length > 0;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

function programOf(path = ""): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
