import { ETCD_SERVERS } from "../config-files/cluster-configuration.js";
import type { Inventory } from "../inventory/schema.js";
import { apiserverArgs, parseClusterConfiguration } from "./kubeadm-config.js";

/** Where etcd members run: on every master, only on the first master, or on external machines. */
export type EtcdLayout = Inventory["cluster"]["etcd"] | "external";

/** Where etcd is to run. If the apiservers already use one master's etcd: `first-master`, regardless of the inventory. */
export function etcdLayout(
  clusterConfiguration: string,
  { cluster }: Pick<Inventory, "cluster">,
): EtcdLayout {
  const config = parseClusterConfiguration(clusterConfiguration);
  if (config.etcd?.external !== undefined) return "external";
  const servers = apiserverArgs(config).get(ETCD_SERVERS);
  const isBeside = servers === undefined || /\/\/(127\.|localhost|\[::1\])/.test(servers);
  return isBeside ? cluster.etcd : "first-master";
}

/** kubeadm's default etcd data directory. */
export const ETCD_DATA_DIR = "/var/lib/etcd";

/** The etcd data directory on every master. */
export function etcdDataDir(clusterConfiguration: string): string {
  return parseClusterConfiguration(clusterConfiguration).etcd?.local?.dataDir ?? ETCD_DATA_DIR;
}

/** The CA, client certificate and key for an external etcd, if configured; `undefined` if etcd is not external. */
export function externalEtcdFiles(
  clusterConfiguration: string,
): readonly { readonly path: string; readonly isKey: boolean }[] | undefined {
  const external = parseClusterConfiguration(clusterConfiguration).etcd?.external;
  if (external === undefined) return undefined;
  const { caFile = "", certFile = "", keyFile = "" } = external;
  return [caFile, certFile, keyFile]
    .filter((path) => path !== "")
    .map((path) => ({ path, isKey: path === keyFile }));
}
