import { BlockList, isIP } from "node:net";
import { isIPv6 } from "../address.js";
import { Secret } from "../shell/secret.js";
import { masked, type MaskedText } from "./masked-text.js";
import { podSettings } from "./pod-settings.js";

/** The static pods to which kubeadm gives the proxy variables of its own environment. */
const WITH_PROXY = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"];
/** As kubeadm recognizes them (cmd/kubeadm/app/util/env.go, GetProxyEnvVars). */
const PROXY = /^[a-z_]\w*_proxy$/i;

/**
 * The proxy variables that kubeadm had when it wrote these manifests: it writes the same ones into three static pods.
 * @param configured variables that kubeadm's configuration sets for a static pod, which kubeadm writes anyway
 */
export function proxiesIn(
  manifests: Readonly<Partial<Record<string, string>>>,
  configured: readonly string[] = [],
): Readonly<Record<string, string>> {
  const [first, ...others] = WITH_PROXY.map((pod) => {
    const manifest = manifests[pod];
    return manifest === undefined ? new Map<string, string>() : podSettings(manifest).env;
  });
  const shared = [...(first ?? [])].filter(
    ([name, value]) =>
      PROXY.test(name) &&
      value !== "" &&
      !configured.includes(name) &&
      others.every((env) => env.get(name) === value),
  );
  return Object.fromEntries(shared.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** A proxy variable's value, in which the user and the password of a URL are secret. */
function maskedProxy(value: string): MaskedText {
  const [, scheme = "", user, rest = ""] = /^([a-z][a-z0-9+.-]*:\/\/)?(.+)@([^@]*)$/i.exec(value) ?? [];
  return user === undefined ? masked`${value}` : masked`${scheme}${new Secret(user)}@${rest}`;
}

/** Proxy variables as shown in plans: users and passwords in URLs are masked. */
export function shownProxies(variables: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, maskedProxy(value).shown()]),
  );
}

/** The proxy that kubeadm uses for HTTPS with these variables; upper case comes first, as in Go's net/http. */
export function httpsProxy(variables: Readonly<Record<string, string>>): string | undefined {
  return variables["HTTPS_PROXY"] ?? variables["https_proxy"];
}

/** The exceptions from the proxy in these variables. */
export function noProxy(variables: Readonly<Record<string, string>>): string {
  return variables["NO_PROXY"] ?? variables["no_proxy"] ?? "";
}

/** Whether a client in Go connects to a host without the proxy (golang.org/x/net/http/httpproxy, useProxy). */
export function isExempt(host: string, port: number, exceptions: string): boolean {
  const name = host.toLowerCase();
  if (name === "localhost" || isIn(name, "127.0.0.0/8") || name === "::1") return true;
  return exceptions
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry === "*" || isIn(name, entry) || isNamed(name, String(port), entry));
}

/** Whether an address is in a network such as `10.0.0.0/8`. */
function isIn(address: string, network: string): boolean {
  const [, base = "", bits = ""] = /^(.+)\/(\d{1,3})$/.exec(network) ?? [];
  const family = (text: string) => (isIPv6(text) ? "ipv6" : "ipv4");
  if (isIP(address) === 0 || isIP(base) === 0 || Number(bits) > (isIPv6(base) ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(base, Number(bits), family(base));
  return list.check(address, family(address));
}

/** Whether an entry that is not a network has this host: an address, or a domain, with or without a port. */
function isNamed(name: string, port: string, entry: string): boolean {
  const parts = isIPv6(entry) ? undefined : /^(?:\[([^\]]*)\]|([^:]*)):(\w*)$/.exec(entry);
  const written = parts === null || parts === undefined ? entry : (parts[1] ?? parts[2] ?? "");
  const entryPort = parts?.[3] ?? "";
  if (written === "" || (entryPort !== "" && entryPort !== port)) return false;
  if (isIP(written) !== 0) return isIP(name) !== 0 && isIn(name, `${written}/${isIPv6(written) ? 128 : 32}`);
  const domain = written.replace(/^\*(?=\.)/, "");
  return domain.startsWith(".") ? name.endsWith(domain) : name === domain || name.endsWith(`.${domain}`);
}
