import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "../lab/lab.js";
import { kubectl } from "./cluster.js";

const SCRIPT = readFileSync(join(import.meta.dirname, "host-state.sh"), "utf8");

/**
 * Everything that a rollback must restore byte for byte, per running host and for the cluster; each a listing that can
 * be compared.
 */
export async function stateOf(lab: Lab): Promise<Record<string, string>> {
  const names = (await lab.status()).hosts.filter(({ on }) => on).map(({ name }) => name);
  const hosts = names.map(async (name) => {
    const { stdout } = await lab.ssh(`root@${name}`, "sh -s", { input: SCRIPT, timeoutSeconds: 120 });
    return [name, stdout] as const;
  });
  const maps = kubectl(
    lab,
    `get configmaps -A -o jsonpath='{range .items[*]}{.metadata.namespace}/{.metadata.name} {.metadata.uid} {.metadata.annotations} {.data}{"\\n"}{end}'`,
  );
  const objects = kubectl(
    lab,
    `get nodes,deployments,daemonsets,services,secrets,roles,rolebindings -A -o jsonpath='{range .items[*]}{.kind} {.metadata.namespace}/{.metadata.name} {.metadata.uid}{"\\n"}{end}'`,
  );
  const template = kubectl(lab, "-n kube-system get daemonset kube-proxy -o jsonpath='{.spec.template}'");
  const listings = await Promise.all(hosts);
  return {
    ...Object.fromEntries(listings),
    cluster: (await Promise.all([maps, objects, template])).join("\n"),
  };
}
