import { isIPv4 } from "node:net";
import * as z from "zod";
import { canonical, isIPv6 } from "../address.js";

const LABEL = "[a-z0-9]([a-z0-9-]*[a-z0-9])?";
const DNS_NAME = new RegExp(String.raw`^(?=.{1,253}$)${LABEL}(\.${LABEL})*$`);
const WILDCARD = new RegExp(String.raw`^(?=.{1,253}$)(\*\.)?${LABEL}(\.${LABEL})*$`);
const LOGIN_NAME = /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/;
/** Only digits and dots must be an IPv4 address, so that 10.0.0.256 is not accepted as a DNS name. */
const addressOrNot = (text: string) => !/^[\d.]+$/.test(text) || isIPv4(text);

/** A host's name. */
export const name = z
  .string()
  .regex(DNS_NAME, "expected a host name: lower-case letters, digits, '-' and '.'")
  .meta({ title: "name" });
/** Not 0.0.0.0, loopback, multicast or broadcast. */
const isUnicastFour = (text: string) => isIPv4(text) && !/^(0|127|22[4-9]|2[3-5]\d)\./.test(text);
/** Not ::, loopback, IPv4 in another form, link-local (also with a zone) or multicast. */
const isUnicastIPv6 = (text: string) => isIPv6(text) && !/^::|^fe[89ab]|^ff|%/.test(canonical(text));
/** Whether a text is a unicast address of a machine. */
export const isUnicast = (text: string) => isUnicastFour(text) || isUnicastIPv6(text);
/** Whether a text is a DNS name, not an address. */
export const isName = (text: string) => DNS_NAME.test(text) && !/^[\d.]+$/.test(text);
/** A machine's own address. */
export const address = z
  .string()
  .overwrite(canonical)
  .refine(
    isUnicast,
    "expected a machine's IP address such as 192.168.1.10 or fd00:88::10; loopback and link-local addresses are not supported",
  )
  .meta({ title: "address" });
/** A TCP port. */
export const port = z.number().int().min(1).max(65535).meta({ title: "port" });
/** `~` is the operator's home directory; `~other` is rejected instead of used literally. */
export const path = z
  .string()
  .regex(/^(~(\/|$)|[^~])/, "expected a path; ~ expands only to your own home directory")
  .meta({ title: "path" });
/** The host name or address of an SSH login. */
export const dnsOrIp = z
  .string()
  .overwrite(canonical)
  .refine((text) => LOGIN_NAME.test(text) || isUnicastIPv6(text), "expected a DNS name or an IP address")
  .refine(addressOrNot, "expected an IPv4 address such as 192.168.1.10")
  .meta({ title: "name or address" });
/** Lower case, because kubeadm writes names to the certificate in lower case. */
export const certSAN = z
  .string()
  .overwrite(canonical)
  .refine(
    (text) => WILDCARD.test(text) || (isIPv6(text) && !text.includes("%")),
    "expected a DNS name in lower case, a wildcard such as *.example.org, or an IP address",
  )
  .refine(addressOrNot, "expected an IPv4 address such as 192.168.1.10")
  .meta({ title: "name or address" });
