import { ETCD_SERVERS } from "../config-files/cluster-configuration.js";
import type { Inventory } from "../inventory/schema.js";
import { apiserverArgs, parseClusterConfiguration } from "./cluster.js";

/** Where etcd's members are: one on every master, one on the first master alone, or on machines that somebody else runs. */
export type EtcdLayout = Inventory["cluster"]["etcd"] | "external";

/** Where etcd is to run; a cluster whose apiservers use one master's etcd already gets no members by an inventory that forgot it. */
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

/** Where kubeadm has etcd's data by default. */
export const ETCD_DATA_DIR = "/var/lib/etcd";

/** Where etcd's data is on every master. */
export function etcdDataDir(clusterConfiguration: string): string {
  return parseClusterConfiguration(clusterConfiguration).etcd?.local?.dataDir ?? ETCD_DATA_DIR;
}

/** The CA of an external etcd and the client certificate for it, as far as it has them; `undefined` where etcd is not external. */
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
