import { sh } from "../shell/shell.js";
import type { ReadOnlyHost } from "./host.js";
import { remoteAttempt } from "./query.js";

/** A VRRP router that was heard. */
export interface VrrpRouter {
  readonly source: string;
  readonly id: number;
}

/** Three advertisement intervals of keepalived's default second. */
const LISTEN_SECONDS = 3;

/** Listens for VRRP advertisements on the networks of these hosts; `undefined` where none of them has socat. */
export async function heardRouters(
  hosts: readonly ReadOnlyHost[],
): Promise<readonly VrrpRouter[] | undefined> {
  const script = sh`command -v socat >/dev/null || exit 3
for i in $(ip -4 -o route show default | sed -n 's/.* dev \([^ ]*\).*/\1/p' | sort -u); do join=$join,ip-add-membership=224.0.0.18:$i; done
timeout ${LISTEN_SECONDS} socat -u IP4-RECV:112$join - 2>/dev/null | od -An -v -tx1 | tr -d ' \n'`;
  const heard = await Promise.all(
    hosts.map((host) =>
      host.ask(
        remoteAttempt(script, ({ code, stdout }) =>
          code === 3 ? undefined : parseAdvertisements(stdout.trim()),
        ),
      ),
    ),
  );
  const able = heard.filter((routers) => routers !== undefined);
  return able.length === 0 ? undefined : able.flat();
}

/** Reads IPv4 packets of protocol 112, one after the other, as hex digits (RFC 3768, RFC 5798). */
export function parseAdvertisements(hex: string): VrrpRouter[] {
  const bytes = Buffer.from(hex, "hex");
  const routers = new Map<string, VrrpRouter>();
  let at = 0;
  while (at + 20 <= bytes.length) {
    const header = (bytes.readUInt8(at) & 0x0f) * 4;
    const length = bytes.readUInt16BE(at + 2);
    if (bytes.readUInt8(at) >> 4 !== 4 || length < header + 8 || at + length > bytes.length) break;
    const router = {
      source: [...bytes.subarray(at + 12, at + 16)].join("."),
      id: bytes.readUInt8(at + header + 1),
    };
    routers.set(`${router.source} ${router.id}`, router);
    at += length;
  }
  return [...routers.values()];
}
