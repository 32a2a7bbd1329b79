import { asNetwork, inUrl, ipFamily, isIPv6 } from "../address.js";
import { MANAGED } from "./managed.js";

/**
 * The script by which keepalived checks whether this host may hold the VIP: whether the API is ready through the local
 * haproxy. Checking only haproxy's process would keep the VIP on a load balancer that reaches no master. The
 * holder also checks through the VIP, which its clients use.
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
    ready ${quoted} || exit 1
fi
`;
}
