import { isIPv4, isIPv6 } from "node:net";

/** The two families of IP addresses. */
export type Family = "ipv4" | "ipv6";

/** An address's family; `undefined` for a name. */
export function familyOf(text: string): Family | undefined {
  if (isIPv4(text)) return "ipv4";
  return isIPv6(text) ? "ipv6" : undefined;
}

export { isIPv6 };

/**
 * An IPv6 address in its canonical form (RFC 5952), as the kernel and Go write it, so that equal addresses are equal
 * strings: openssl prints `FD00:88:0:0:0:0:0:100` for `fd00:88::100`. An IPv4 address or a name is returned unchanged.
 */
export function canonical(text: string): string {
  return isIPv6(text) && !text.includes("%") ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text;
}

/** A host as written in a URL: an IPv6 address in brackets. */
export function inUrl(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}

/** `ADDRESS:PORT` or `NAME:PORT`. */
export function hostPort(host: string, port: number | string): string {
  return `${inUrl(host)}:${port}`;
}

/** `https://` and {@link hostPort}. */
export function httpsUrl(host: string, port: number | string): string {
  return `https://${hostPort(host, port)}`;
}

/** Splits {@link hostPort}'s text; the port is `undefined` if absent. An IPv6 address without a port needs no brackets. */
export function splitHostPort(text: string): { readonly host: string; readonly port: number | undefined } {
  const [, six, name, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(text) ?? [];
  return { host: six ?? name ?? text, port: port === undefined ? undefined : Number(port) };
}

/** A URL's host; an IPv6 address without its brackets. */
export function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[(.*)\]$/, "$1");
}

/** An address as a single-address network (/32 or /128). */
export function asNetwork(address: string): string {
  return `${address}/${isIPv6(address) ? 128 : 32}`;
}

/** The option of `ip` for an address's family. */
export function ipFamily(address: string): "-4" | "-6" {
  return isIPv6(address) ? "-6" : "-4";
}
