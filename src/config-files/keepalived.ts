import type { Secret } from "../shell/secret.js";
import { MANAGED } from "./managed.js";
import { masked, type MaskedText } from "./masked-text.js";

/** Where the script of `checkScript` belongs; keepalived.conf names it. */
export const CHECK_SCRIPT_PATH = "/etc/keepalived/check-apiserver.sh";

/** What one load balancer's keepalived is to do. */
export interface KeepalivedOptions {
  readonly vip: string;
  readonly interface: string;
  readonly virtualRouterId: number;
  /** 1 to 254; the highest healthy one takes a VIP that nobody holds. */
  readonly priority: number;
  /** Exactly 8 characters, the same on every load balancer: `generateVrrpPassword`. */
  readonly password: Secret;
}

/**
 * keepalived.conf for a load balancer (keepalived.conf(5)).
 *
 * - Every host is BACKUP with `nopreempt`: a host that comes back does not take the VIP, and its connections, away.
 * - A failed check is FAULT (`weight 0`): with `nopreempt`, a negative weight would never move the VIP.
 *   `init_fail`: a host that boots with a broken haproxy never claims it either.
 * - The check may ask twice, 2 s each: 5 s is the first timeout that does not count a slow answer as none.
 * - The VIP is a /32, so that nothing takes its subnet for a second one.
 * - Not `vrrp_strict`: it stops the VIP from answering.
 */
export function keepalivedConfig(options: KeepalivedOptions): MaskedText {
  const { vip, virtualRouterId, priority, password } = options;
  return masked`${MANAGED}
global_defs {
    enable_script_security
    script_user root
}

vrrp_script check_apiserver {
    script "${CHECK_SCRIPT_PATH}"
    interval 2
    timeout 5
    fall 2
    rise 2
    weight 0
    init_fail
}

vrrp_instance kubernetes_api {
    state BACKUP
    nopreempt
    interface ${options.interface}
    virtual_router_id ${virtualRouterId}
    priority ${priority}
    advert_int 1
    garp_master_refresh 60
    authentication {
        auth_type PASS
        auth_pass ${password}
    }
    virtual_ipaddress {
        ${vip}/32 dev ${options.interface}
    }
    track_script {
        check_apiserver
    }
}
`;
}
