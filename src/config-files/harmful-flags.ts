/** A set of flags, and what happens if control-plane nodes have different values of them. */
type Harm = readonly [flags: RegExp, harm: string];

const FEATURES: Harm = [
  /^(feature-gates|emulated-version|emulation-forward-compatible|min-compatibility-version)$/,
  "a feature would work only on some control-plane nodes, and the others may not read what it wrote",
];
const TLS: Harm = [
  /^(tls-cipher-suites|tls-(min|max)-version|cipher-suites)$/,
  "clients may be able to connect to some control-plane nodes only",
];
const ELECTION: Harm = [/^leader-elect(-resource-.*)?$/, "two instances would be active at the same time"];

/** Static pod → flags that must be the same on all control-plane nodes. */
const HARMS: Readonly<Record<string, readonly Harm[]>> = {
  etcd: [
    [
      /^quota-backend-bytes$/,
      "the whole cluster becomes read-only when one member's database exceeds its quota",
    ],
    [
      /^(heartbeat-interval|election-timeout|initial-election-tick-advance|pre-vote)$/,
      "members with different timing start needless elections",
    ],
    [/^(auto-compaction-.*)$/, "how long old revisions are kept would depend on which member leads"],
    [/^(max-request-bytes|max-txn-ops)$/, "the same write would succeed or fail depending on the member"],
    [
      /^(client-cert-auth|peer-client-cert-auth|trusted-ca-file|peer-trusted-ca-file|auth-token)$/,
      "members would accept different clients",
    ],
    [/^experimental-(?!initial-corrupt-check$|watch-progress-notify-interval$)/, "members must behave alike"],
    TLS,
    FEATURES,
  ],
  "kube-apiserver": [
    [
      /^(service-cluster-ip-range|service-node-port-range)$/,
      "Services would get addresses and ports that other apiservers reject",
    ],
    [
      /^(service-account-(issuer|key-file|signing-key-file|lookup|jwks-uri)|api-audiences)$/,
      "tokens of service accounts from one apiserver would be rejected by another",
    ],
    [/^(authorization-.*)$/, "requests would be allowed or denied depending on the apiserver"],
    [
      /^((enable|disable)-admission-plugins|admission-control.*|allow-privileged)$/,
      "objects would be admitted or rejected depending on the apiserver",
    ],
    [/^encryption-provider-.*$/, "an apiserver cannot read what another one has encrypted, such as Secrets"],
    [/^runtime-config$/, "an API would be served by some apiservers only"],
    [
      /^(etcd-prefix|etcd-servers(-overrides)?|storage-.*)$/,
      "an apiserver would not find or not read the objects of another one",
    ],
    [
      /^(oidc-.*|authentication-.*|anonymous-auth|client-ca-file|requestheader-.*|token-auth-file|basic-auth-file|enable-bootstrap-token-auth)$/,
      "users would be recognized or rejected depending on the apiserver",
    ],
    [
      /^(audit-(policy-file|log-path|webhook-.*|dynamic-.*))$/,
      "requests would be audited or not depending on the apiserver",
    ],
    [
      /^(endpoint-reconciler-type|apiserver-count)$/,
      "apiservers would remove each other's address from the Service kubernetes",
    ],
    TLS,
    FEATURES,
  ],
  "kube-controller-manager": [
    [
      /^(cluster-cidr|node-cidr-mask-size(-ipv[46])?|allocate-node-cidrs|service-cluster-ip-range)$/,
      "nodes would get Pod networks of different ranges or sizes, depending on which instance leads",
    ],
    [
      /^(cluster-signing-.*|root-ca-file|service-account-private-key-file)$/,
      "certificates and tokens would come from different keys, depending on which instance leads",
    ],
    ELECTION,
    FEATURES,
  ],
  "kube-scheduler": [ELECTION, FEATURES],
};

/** What happens if control-plane nodes have different values of a flag; `undefined` if that only has to be known. */
export function harmOf(pod: string, flag: string): string | undefined {
  return HARMS[pod]?.find(([flags]) => flags.test(flag))?.[1];
}
