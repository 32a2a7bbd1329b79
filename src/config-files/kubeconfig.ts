import { isMap, isScalar, isSeq, type Scalar } from "yaml";
import { readText, replaceAt, replaceScalar } from "./yaml-text.js";

interface ServerEntry {
  readonly cluster: string;
  readonly value: Scalar.Parsed;
}

function entries(text: string): ServerEntry[] {
  const clusters = readText(text, "the kubeconfig").get("clusters");
  if (!isSeq(clusters)) return [];
  return clusters.items.flatMap((item) => {
    if (!isMap(item)) return [];
    const value = item.getIn(["cluster", "server"], true);
    return isScalar(value) ? [{ cluster: String(item.get("name")), value: value as Scalar.Parsed }] : [];
  });
}

/**
 * The servers in a kubeconfig, by the name of the cluster entry (`kubernetes` in admin.conf, `default-cluster` in a
 * bootstrapped kubelet.conf, empty in cluster-info).
 * @throws Failure if the text is not YAML
 */
export function servers(text: string): { cluster: string; server: string }[] {
  return entries(text).map(({ cluster, value }) => ({ cluster, server: String(value.value) }));
}

/**
 * The kubeconfig with each `server:` equal to `from` changed to `to`; every other byte is unchanged.
 * @throws Failure if the text is not YAML
 */
export function replaceServer(text: string, from: string, to: string): string {
  const own = entries(text).filter(({ value }) => value.value === from);
  return replaceAt(
    text,
    own.map(({ value }) => replaceScalar(text, value, to)),
  );
}
