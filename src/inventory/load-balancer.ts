import * as z from "zod";
import { duration } from "../config-source/duration.js";
import { path, port } from "./values.js";

const statsPage = z.strictObject({
  port: port.default(8404),
  /** Who may look at it, with a password; anybody when left out. */
  user: z
    .string()
    .regex(/^[A-Za-z0-9_.@-]{1,64}$/, "expected a name of letters, digits and '_.@-'")
    .optional(),
  /** A file whose first line is that password; made up by k8s-ha when left out. */
  passwordFile: path.optional(),
});
const monitorPage = z.strictObject({
  port: port.default(8404),
  uri: z
    .string()
    .regex(/^\/[A-Za-z0-9._~/-]*$/, "expected a path such as /healthz")
    .default("/healthz"),
});
const checks = z.number().int().min(1).max(100);
/** A container image as kubeadm and crictl name it: a name with a tag, a digest, or both. */
const image = z
  .string()
  .regex(
    /^[a-z0-9][A-Za-z0-9._/:-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*|@sha256:[0-9a-f]{64})$/,
    "expected an image with its tag such as docker.io/library/haproxy:2.8, or with its digest",
  );

/** What all load balancers share. */
export const loadBalancerSettings = z.strictObject({
  /** What haproxy and keepalived are: packages of the system, or static pods of the masters' kubelets. */
  runAs: z.enum(["packages", "static-pods"]).default("packages"),
  /** The images of the static pods. */
  images: z
    .strictObject({
      haproxy: image.default("docker.io/library/haproxy:2.8"),
      keepalived: image.default("docker.io/osixia/keepalived:2.0.20"),
    })
    .prefault({}),
  /** What becomes of somebody's own haproxy.cfg and keepalived.conf; a copy stays beside them where they are replaced. */
  existingConfig: z.enum(["refuse", "replace"]).default("refuse"),
  /** VRRP's id for this VIP, unique on its network segment. */
  virtualRouterId: z.number().int().min(1).max(255).default(51),
  /** How the load balancers tell each other that they live: to VRRP's multicast group, or to each of them alone. */
  vrrp: z.enum(["multicast", "unicast"]).default("multicast"),
  /** What is done where SELinux is at work: the policy's own switches, or nothing is refused any more. */
  selinux: z.enum(["booleans", "permissive"]).default("booleans"),
  /** haproxy's read-only statistics page; `false` for none. */
  stats: z
    .union([z.literal(false), statsPage], { error: "expected false, or a mapping with port" })
    .default({ port: 8404 }),
  /** Where haproxy tells other programs whether it can serve; `false` for nowhere. */
  monitor: z
    .union([z.literal(false), monitorPage], { error: "expected false, or a mapping with port and uri" })
    .default(false),
  /** How haproxy checks and uses each master. */
  servers: z
    .strictObject({
      /** Between two checks of a master that serves, and of one that does not. */
      inter: duration.default("1s"),
      downinter: duration.default("500ms"),
      /** After so many checks in a row a master counts as down, or as up. */
      fall: checks.default(3),
      rise: checks.default(1),
      /** How long a master that came back gets less than its share. */
      slowstart: duration.optional(),
      /** The most connections to one master; more of them wait. */
      maxconn: z.number().int().min(1).max(1_000_000).optional(),
    })
    .prefault({}),
  timeouts: z
    .strictObject({
      connect: duration.default("5s"),
      client: duration.default("1h"),
      server: duration.default("1h"),
    })
    .prefault({}),
  maxconn: z.number().int().min(100).max(1_000_000).default(4000),
  /** What becomes of a ufw that is at work there. */
  ufw: z.enum(["keep", "disable"]).default("keep"),
});
