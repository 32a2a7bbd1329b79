import type { Change } from "./change.js";

/** What a change does to its object: creates, modifies or removes it. */
export type Mark = "+" | "~" | "-";

type Marks = { readonly [K in Change["kind"]]: Mark | ((change: Extract<Change, { kind: K }>) => Mark) };

const marks: Marks = {
  "apiserver-certificate": "~",
  backup: "+",
  "config-map": "~",
  file: ({ before }) => (before === null ? "+" : "~"),
  "file-copy": "+",
  firewall: "+",
  folder: "+",
  "haproxy-config": ({ before }) => (before === null ? "+" : "~"),
  images: "+",
  join: "+",
  "join-worker": "+",
  "keepalived-config": ({ before }) => (before === null ? "+" : "~"),
  kubeconfig: "~",
  "kubelet-restart": "~",
  "lasting-run": "+",
  packages: "+",
  repoint: "~",
  reset: "-",
  revoke: "-",
  rollout: "~",
  run: "+",
  "selinux-booleans": "~",
  "selinux-permissive": "~",
  service: "~",
  "static-pod": ({ before }) => (before === null ? "+" : "~"),
  "static-pod-flag": "~",
  "static-pod-restart": "~",
  sysctl: "~",
  ufw: "+",
  "ufw-off": "-",
  "upload-certs": "+",
};

/** The mark of a change in a plan. */
export function markOf(change: Change): Mark {
  const mark = marks[change.kind] as Mark | ((change: Change) => Mark);
  return typeof mark === "string" ? mark : mark(change);
}
