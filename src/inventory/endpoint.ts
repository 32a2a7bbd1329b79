import * as z from "zod";
import { canonical, familyOf, hostPort, httpsUrl, splitHostPort, type Family } from "../address.js";
import { isName, isUnicast } from "./values.js";

/** The value of `cluster.endpoint`, parsed. */
export interface WrittenEndpoint {
  /** The host that clients use: a DNS name, or an address in canonical form. */
  readonly host: string;
  /** The IP family of `host`; `undefined` for a name. */
  readonly family: Family | undefined;
  readonly port: number;
  /** `HOST:PORT` as kubeadm writes it: an IPv6 address is in brackets. */
  readonly text: string;
  /** `https://HOST:PORT` */
  readonly url: string;
}

/** The endpoint for all clients. */
export interface Endpoint extends WrittenEndpoint {
  /** The VIP; for an external load balancer without a VIP, the name. */
  readonly address: string;
}

/** Parses `ADDRESS:PORT` or `NAME:PORT`; `undefined` if the text is invalid. */
function parsed(written: string): WrittenEndpoint | undefined {
  const { host, port = 0 } = splitHostPort(written);
  if (!(isUnicast(host) || isName(host)) || port < 1 || port > 65535) return undefined;
  // The text could still have an IPv4 address in brackets, or a port with leading zeros.
  if (hostPort(host, port) !== written) return undefined;
  const own = canonical(host);
  return { host: own, family: familyOf(own), port, text: hostPort(own, port), url: httpsUrl(own, port) };
}

/** The schema of `cluster.endpoint`. Only it parses the endpoint of an inventory. */
export const writtenEndpoint = z.string().transform((text, context): WrittenEndpoint => {
  const endpoint = parsed(text);
  if (endpoint !== undefined) return endpoint;
  context.addIssue(
    "expected ADDRESS:PORT such as 192.168.1.100:6443 or [fd00:88::100]:6443, or NAME:PORT such as api.example.org:6443: an IP address (an IPv6 one in brackets) or a DNS name in lower case, a port from 1 to 65535",
  );
  return z.NEVER;
});
