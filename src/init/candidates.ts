import { isIPv4 } from "node:net";
import { canonical } from "../address.js";

/** The numbers in the last part of an address that are tried, in this order; .254 is often a router. */
const LAST = Array.from({ length: 24 }, (_, i) => 250 - i);

/**
 * Addresses that may be free in an address's network, in the order in which to try them: near the end of its last 256
 * addresses, which is where DHCP servers usually assign none. Empty for a network of a single machine.
 */
export function candidates(address: string, prefixLength: number): string[] {
  return isIPv4(address) ? inIPv4(address, prefixLength) : inIPv6(address, prefixLength);
}

function inIPv4(address: string, prefixLength: number): string[] {
  if (prefixLength > 30) return [];
  const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
  // Of a larger network, only the 256 addresses around this one.
  const size = 2 ** Math.max(0, 32 - Math.max(prefixLength, 24));
  const first = d - (d % size);
  const lasts = size === 256 ? LAST : Array.from({ length: size - 2 }, (_, i) => first + size - 2 - i);
  return lasts.filter((last) => last !== d).map((last) => `${a}.${b}.${c}.${last}`);
}

function inIPv6(address: string, prefixLength: number): string[] {
  if (prefixLength > 112) return [];
  const start = groups(address).slice(0, 7).join(":");
  return LAST.map((last) => canonical(`${start}:${last.toString(16)}`)).filter((one) => one !== address);
}

/** The eight groups of an IPv6 address. */
function groups(address: string): string[] {
  const [head = "", tail] = address.split("::");
  const [before, after] = [head, tail ?? ""].map((part) => part.split(":").filter((group) => group !== ""));
  const missing = 8 - (before?.length ?? 0) - (after?.length ?? 0);
  return [...(before ?? []), ...Array.from({ length: Math.max(0, missing) }, () => "0"), ...(after ?? [])];
}
