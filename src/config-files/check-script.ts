import { asNetwork, inUrl, ipFamily, isIPv6 } from "../address.js";
import { MANAGED } from "./managed.js";

/**
 * The script by which keepalived checks whether this host may hold the VIP: whether the API is ready through the local
 * haproxy. Checking only haproxy's process would keep the VIP on a load balancer that reaches no master.
 *
 * - The holder also checks through the VIP, which its clients use. A timeout there (curl's 28) does not count: haproxy
 *   has `maxconn` clients then, and on another host it would have the same ones, so that the VIP would move to and fro.
 * - A host without the VIP closes what clients left there, if the VIP answers elsewhere: idle connections would count
 *   towards `maxconn` until TCP's keepalive, 2 h. It runs before a host gets the VIP back (`rise 2`). Without `ss -K`
 *   (iproute2 and a kernel with CONFIG_INET_DIAG_DESTROY) only haproxy's `tcp-ut` closes connections.
 */
export function checkScript({ vip, port }: { readonly vip: string; readonly port: number }): string {
  const quoted = isIPv6(vip) ? `'${inUrl(vip)}'` : vip;
  return `#!/bin/sh
${MANAGED}
# keepalived runs this; unless it exits with 0, this host gives the VIP away.

ready() {
    curl -sfk --noproxy '*' --max-time 2 -o /dev/null "https://$1:${port}/readyz"
}

ready 127.0.0.1 || exit 1
if [ -n "$(ip -o ${ipFamily(vip)} address show to ${asNetwork(vip)})" ]; then
    ready ${quoted}
    # 28: haproxy has its maximum number of clients, so it accepts this connection later.
    case $? in 0 | 28) ;; *) exit 1 ;; esac
elif [ -n "$(ss -Htn src ${quoted} 2>/dev/null)" ] && ready ${quoted}; then
    # The VIP moved: these connections are dead, but haproxy counts them.
    ss -tnK src ${quoted} >/dev/null 2>&1
fi
exit 0
`;
}
