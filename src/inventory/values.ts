import { isIPv4 } from "node:net";
import * as z from "zod";

const LABEL = "[a-z0-9]([a-z0-9-]*[a-z0-9])?";
const DNS_NAME = new RegExp(String.raw`^(?=.{1,253}$)${LABEL}(\.${LABEL})*$`);
const WILDCARD = new RegExp(String.raw`^(?=.{1,253}$)(\*\.)?${LABEL}(\.${LABEL})*$`);
/** Four numbers with dots are an address, so that 10.0.0.256 is not taken for a DNS name. */
const addressOrNot = (text: string) => !/^[\d.]+$/.test(text) || isIPv4(text);

/** A host's name. */
export const name = z
  .string()
  .regex(DNS_NAME, "expected a host name: lower-case letters, digits, '-' and '.'");
/** An address that a machine can have to itself: not 0.0.0.0, loopback, multicast or broadcast. */
export const isUnicast = (text: string) => isIPv4(text) && !/^(0|127|22[4-9]|2[3-5]\d)\./.test(text);
/** A DNS name, and no address. */
export const isName = (text: string) => DNS_NAME.test(text) && !/^[\d.]+$/.test(text);
/** A machine's own address. */
export const ipv4 = z.string().refine(isUnicast, "expected a machine's IPv4 address such as 192.168.1.10");
/** A TCP port. */
export const port = z.number().int().min(1).max(65535);
/** `~` is the operator's home; `~other` would need that user's entry and is refused rather than taken literally. */
export const path = z
  .string()
  .regex(/^(~(\/|$)|[^~])/, "expected a path; ~ stands for your own home folder only");
/** What one logs in to. */
export const dnsOrIp = z
  .string()
  .regex(/^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/, "expected a DNS name or an IPv4 address")
  .refine(addressOrNot, "expected an IPv4 address such as 192.168.1.10");
/** Lower case, as kubeadm writes it into the certificate whatever its configuration says. */
export const certSAN = z
  .string()
  .regex(WILDCARD, "expected a DNS name in lower case, a wildcard such as *.example.org, or an IPv4 address")
  .refine(addressOrNot, "expected an IPv4 address such as 192.168.1.10");
