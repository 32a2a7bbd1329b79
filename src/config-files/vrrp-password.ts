import { randomInt } from "node:crypto";
import { Secret } from "../shell/secret.js";

const CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** A new VRRP password: 8 letters and digits; keepalived uses only 8 characters of `auth_pass` (keepalived.conf(5)). */
export function generateVrrpPassword(): Secret {
  return generatePassword(8);
}

/** A new password of letters and digits. */
export function generatePassword(length: number): Secret {
  return new Secret(Array.from({ length }, () => CHARACTERS[randomInt(CHARACTERS.length)]).join(""));
}

/** The text of each `vrrp_instance NAME { … }` block, without comments. */
function instances(conf: string): string[] {
  const text = conf.replaceAll(/[#!].*$/gm, "");
  return text.split(/^\s*(?=vrrp_instance\s)/m).slice(1);
}

/**
 * The password in an existing keepalived.conf for a virtual router, so that a second run keeps it; undefined if the file
 * has no such router, or the router has no password.
 */
export function parseVrrpPassword(conf: string, virtualRouterId: number): Secret | undefined {
  const own = instances(conf).find((text) => {
    const id = /^\s*virtual_router_id\s+(\d+)\s*$/m.exec(text)?.[1];
    return id !== undefined && Number(id) === virtualRouterId;
  });
  const password = /^\s*auth_pass\s+("?)(\S+?)\1\s*$/m.exec(own ?? "")?.[2];
  return password === undefined ? undefined : new Secret(password);
}
