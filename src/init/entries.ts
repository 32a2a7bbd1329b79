import type { Entry } from "./draft.js";
import type { Found } from "./found.js";

const DEFAULT_ROUTER_ID = 51;

/** `cluster.etcd`. */
export function etcdEntries({ etcd, etcdServers }: Found): Entry[] {
  if (etcd === "first-master")
    return [
      {
        notes: ["All apiservers use the etcd of the first master (docs/topologies/etcd-on-first-master.md)."],
        key: "etcd",
        value: "first-master",
      },
    ];
  if (etcd === "external")
    return [
      {
        notes: [`etcd is external and stays so: ${etcdServers.join(", ")}. It is not in this file.`],
        key: "etcd",
        value: "stacked",
        isOff: true,
      },
    ];
  return [
    {
      notes: ["Every new master gets an etcd member. To keep etcd on the first master only:"],
      key: "etcd",
      value: "first-master",
      isOff: true,
    },
  ];
}

/** `cluster.addOns`. */
export function addOnEntries({ pinned }: Found): Entry[] {
  const off: Omit<Entry, "notes"> = { key: "addOns", value: "patch", isOff: true };
  if (pinned === undefined)
    return [
      {
        ...off,
        notes: [
          "Objects that name the first master could not be read; `k8s-ha plan` lists them. To change them too:",
        ],
      },
    ];
  if (pinned.length === 0) return [];
  const some = pinned.slice(0, 10).join(", ");
  const more = pinned.length > 10 ? ` and ${pinned.length - 10} more` : "";
  return [
    {
      ...off,
      notes: [
        `These name the first master, and fail with it: ${some}${more}. To change them too (docs/add-ons.md):`,
      ],
    },
  ];
}

/** `loadBalancer.virtualRouterId`, if another one is free. */
export function routerIdEntries({ routerIds, nodes: [first] }: Found): Entry[] {
  const key = "virtualRouterId";
  if (routerIds === undefined) {
    const why = `Whether another VRRP router of this network uses the id ${DEFAULT_ROUTER_ID} is not known: ${first.name} has no socat, or a firewall. To find out: \`tcpdump -ni any ip proto 112\` there; each line has a vrid.`;
    return [{ notes: [why], key, value: DEFAULT_ROUTER_ID, isOff: true }];
  }
  const used = [...new Set(routerIds)].toSorted((a, b) => a - b);
  if (used.length === 0) return [];
  const free = Array.from({ length: 255 }, (_, i) => ((DEFAULT_ROUTER_ID - 1 + i) % 255) + 1).find(
    (id) => !used.includes(id),
  );
  if (free === undefined) return [];
  return [
    {
      notes: [`VRRP routers of this network use the ids ${used.join(", ")}; this one was not heard.`],
      key,
      value: free,
    },
  ];
}

/** `kubeadm`: suggestions. */
export function kubeadmEntries({
  isCgroupV1Refused,
  hasPatches,
  nodes: [first],
  kubernetesVersion,
}: Found): Entry[] {
  return [
    ...(isCgroupV1Refused
      ? [
          {
            notes: [
              `${first.name} uses cgroup v1, and kubeadm ${kubernetesVersion} joins no such machine. If the new ones do too:`,
            ],
            key: "ignorePreflightErrors",
            value: ["SystemVerification"],
            isOff: true as const,
          },
        ]
      : []),
    ...(hasPatches
      ? [
          {
            notes: [
              `${first.name} has patches for its static pods. If the new masters have the same directory:`,
            ],
            key: "patches",
            value: "/etc/kubernetes/patches",
            isOff: true as const,
          },
        ]
      : []),
  ];
}
