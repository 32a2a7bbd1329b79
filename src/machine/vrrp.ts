import { canonical, isIPv6 } from "../address.js";
import { sh, type Shell } from "../shell/shell.js";
import type { ReadOnlyHost } from "./host.js";
import { remoteAttempt } from "./query.js";

/** A VRRP router whose advertisement was received. */
export interface VrrpRouter {
  readonly source: string;
  readonly id: number;
}

/** Three advertisement intervals of keepalived's default second. */
const LISTEN_SECONDS = 3;

/** VRRP's multicast group for the VIP's IP family. */
export function vrrpGroup(vip: string): "224.0.0.18" | "ff02::12" {
  return isIPv6(vip) ? "ff02::12" : "224.0.0.18";
}

/** Listens on all interfaces with a default route. */
function listening(vip: string): Shell {
  const group = vrrpGroup(vip);
  const [family, address, option] = isIPv6(vip)
    ? ["-6", "IP6-RECV:112", `,ipv6-join-group=[${group}]:`]
    : ["-4", "IP4-RECV:112", `,ip-add-membership=${group}:`];
  return sh`for i in $(ip ${family} -o route show default | sed -n 's/.* dev \([^ ]*\).*/\1/p' | sort -u); do join=$join${option}$i; done
timeout ${LISTEN_SECONDS} socat -d -d -x -u ${address}"$join" /dev/null 2>&1`;
}

/**
 * Listens for VRRP advertisements on the networks of these hosts; `undefined` if none of them has socat.
 * Do not pass hosts whose firewall drops VRRP: they receive nothing.
 */
export async function heardRouters(
  hosts: readonly ReadOnlyHost[],
  vip: string,
): Promise<readonly VrrpRouter[] | undefined> {
  const script = sh`command -v socat >/dev/null || exit 3
${listening(vip)}`;
  const heard = await Promise.all(
    hosts.map((host) =>
      host.ask(
        remoteAttempt(script, ({ code, stdout }) => (code === 3 ? undefined : parseAdvertisements(stdout))),
      ),
    ),
  );
  const able = heard.filter((routers) => routers !== undefined);
  return able.length === 0 ? undefined : able.flat();
}

/** Parses `socat -d -d -x`: the source of each packet, then its bytes without the IP header (RFC 3768, RFC 5798). */
export function parseAdvertisements(log: string): VrrpRouter[] {
  const routers = new Map<string, VrrpRouter>();
  const packets = log.matchAll(
    /from AF=(?:2|10) \[?([\da-f.:]+?)\]?:\d+\n> .*\n ([0-9a-f]{2}) ([0-9a-f]{2})/g,
  );
  for (const [, from = "", head = "", id = ""] of packets) {
    const source = canonical(from);
    const isAdvertisement = head === "21" || head === "31";
    if (isAdvertisement) routers.set(`${source} ${id}`, { source, id: Number.parseInt(id, 16) });
  }
  return [...routers.values()];
}
