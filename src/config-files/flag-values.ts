/** Flags of which every occurrence counts; of all others, the last one applies. */
const REPEATABLE = new Set([
  ..."admission-control disable-admission-plugins enable-admission-plugins feature-gates runtime-config".split(
    " ",
  ),
  ..."api-audiences service-account-issuer service-account-key-file tls-sni-cert-key".split(" "),
  ..."authorization-mode oidc-required-claim oidc-signing-algs etcd-servers etcd-servers-overrides".split(
    " ",
  ),
  ..."tls-cipher-suites kubelet-preferred-address-types requestheader-allowed-names".split(" "),
  ..."requestheader-extra-headers-prefix requestheader-group-headers requestheader-username-headers".split(
    " ",
  ),
  ..."requestheader-uid-headers controllers cors-allowed-origins vmodule".split(" "),
]);
/** Lists whose order does not matter. */
const SETS = new Set([
  ..."admission-control disable-admission-plugins enable-admission-plugins controllers".split(" "),
  ..."tls-cipher-suites cipher-suites requestheader-allowed-names oidc-required-claim oidc-signing-algs".split(
    " ",
  ),
  ..."service-account-key-file api-audiences etcd-servers".split(" "),
]);
/** Lists of `KEY=VALUE`, of which the last one for a key applies. */
const MAPS = new Set(["feature-gates", "runtime-config"]);

/** What these flags mean if they are not set, in every version from 1.20 on (`--help` of the components). */
const DEFAULTS: Readonly<Record<string, string>> = {
  "anonymous-auth": "true",
  "authorization-mode": "AlwaysAllow",
  "auto-compaction-mode": "periodic",
  "auto-compaction-retention": "0",
  "election-timeout": "1000",
  "endpoint-reconciler-type": "lease",
  "heartbeat-interval": "100",
  "leader-elect": "true",
  "leader-elect-resource-lock": "leases",
  "max-request-bytes": "1572864",
  "quota-backend-bytes": "0",
  "service-account-lookup": "true",
  "service-node-port-range": "30000-32767",
  "storage-backend": "etcd3",
};
/** Feature gates that are on unless they are switched off; hardening guides set them explicitly. */
const DEFAULT_GATES = new Set(["RotateKubeletServerCertificate=true"]);

/** A flag's values in a form that is equal for values with the same effect; the default, or `undefined`, for a flag that is not
 * set. */
export function effectiveValue(name: string, values: readonly string[] | undefined): string | undefined {
  if (values === undefined || values.length === 0) return DEFAULTS[name];
  if (!REPEATABLE.has(name) && !SETS.has(name)) return asBoolean(values.at(-1) ?? "");
  const items = (REPEATABLE.has(name) ? values : values.slice(-1))
    .flatMap((value) => value.split(","))
    .map((item) => item.trim())
    .filter((item) => item !== "");
  if (name === "feature-gates") return byKey(items.filter((gate) => !DEFAULT_GATES.has(gate))) || undefined;
  if (MAPS.has(name)) return byKey(items);
  return (SETS.has(name) ? [...new Set(items)].toSorted() : items).join(",");
}

/** `true` and `false` in any case, as the components read them. */
function asBoolean(value: string): string {
  return /^(true|false)$/i.test(value) ? value.toLowerCase() : value;
}

function byKey(items: readonly string[]): string {
  const all = new Map(
    items.map((item) => {
      const [key = "", ...value] = item.split("=");
      return [key, asBoolean(value.length === 0 ? "true" : value.join("="))];
    }),
  );
  return [...all]
    .map(([key, value]) => `${key}=${value}`)
    .toSorted()
    .join(",");
}
