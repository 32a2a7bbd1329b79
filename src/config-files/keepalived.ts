import { asNetwork, isIPv6 } from "../address.js";
import type { Secret } from "../shell/secret.js";
import { configurationFolder } from "./load-balancer-pods.js";
import { MANAGED } from "./managed.js";
import { masked, type MaskedText } from "./masked-text.js";

/** Where the script of `checkScript` belongs; keepalived.conf names it. */
export const CHECK_SCRIPT_PATH = "/etc/keepalived/check-apiserver.sh";

/** Where keepalived as a static pod has the same file. */
export const CHECK_SCRIPT_IN_POD = `${configurationFolder("keepalived")}/check-apiserver.sh`;

/**
 * Where it belongs on a host with SELinux: keepalived may run nothing below /etc there, and what it may run could ask
 * neither `ip` nor haproxy. Scripts in this folder are free of that (selinux-policy, keepalived.te and keepalived.fc).
 */
export const UNCONFINED_CHECK_SCRIPT_PATH = "/usr/libexec/keepalived/check-apiserver.sh";

/** VRRP without multicast: from one address to each of the others. */
export interface VrrpUnicast {
  readonly source: string;
  readonly peers: readonly string[];
}

/** What one load balancer's keepalived is to do. */
export interface KeepalivedOptions {
  readonly vip: string;
  readonly interface: string;
  readonly virtualRouterId: number;
  /** 1 to 254; of the hosts whose check passes, the highest holds the VIP. */
  readonly priority: number;
  /** By how much a failed check lowers the priority: more than the priorities of any two hosts differ, at most 253. */
  readonly penalty: number;
  /** How its advertisements go; to the multicast group when left out. */
  readonly unicast?: VrrpUnicast;
  /** Where the check lies; {@link CHECK_SCRIPT_PATH} when left out. */
  readonly checkScript?: string;
  /** Exactly 8 characters, the same on every load balancer: `generateVrrpPassword`. VRRP of an IPv6 VIP has none. */
  readonly password: Secret;
}

/**
 * keepalived.conf for a load balancer (keepalived.conf(5)).
 *
 * - A failed check lowers the priority by more than any two hosts differ: the VIP moves to a host where the check
 *   passes, and stays where it is while the check fails everywhere. With FAULT (`weight 0`) every host would drop it
 *   when etcd pauses for a moment, as it does while a second member starts; measured: 15 s away instead of 7 s.
 * - Hence no `nopreempt`, with which a lowered priority never moves the VIP.
 * - `init_fail`: a host that boots with a broken haproxy does not claim the VIP over a healthy one.
 * - The check may ask twice, 2 s each: 5 s is the first timeout that does not count a slow answer as none.
 * - The VIP is a network of its own, so that nothing takes its subnet for a second one.
 * - An IPv6 VIP makes it VRRP version 3, which has no passwords (RFC 5798); a /128 is no address from which the host itself
 *   speaks.
 * - Not `vrrp_strict`: it stops the VIP from answering.
 * - `state BACKUP` on all: who is MASTER follows from the priorities, once the checks have run. One that begins as MASTER
 *   takes the VIP before anybody looked at its haproxy.
 */
export function keepalivedConfig(options: KeepalivedOptions): MaskedText {
  const { vip, virtualRouterId, priority, penalty, password, checkScript = CHECK_SCRIPT_PATH } = options;
  return masked`${MANAGED}
global_defs {
    enable_script_security
    script_user root
}

vrrp_script check_apiserver {
    script "${checkScript}"
    interval 2
    timeout 5
    fall 2
    rise 2
    weight ${-penalty}
    init_fail
}

vrrp_instance kubernetes_api {
    state BACKUP
    interface ${options.interface}
    virtual_router_id ${virtualRouterId}
    priority ${priority}
    advert_int 1
    garp_master_refresh 60
${unicastLines(options.unicast)}${isIPv6(vip) ? "" : authentication(password)}    virtual_ipaddress {
        ${asNetwork(vip)} dev ${options.interface}
    }
    track_script {
        check_apiserver
    }
}
`;
}

function authentication(password: Secret): MaskedText {
  return masked`    authentication {
        auth_type PASS
        auth_pass ${password}
    }
`;
}

function unicastLines(unicast?: VrrpUnicast): string {
  if (unicast === undefined) return "";
  return `    unicast_src_ip ${unicast.source}
    unicast_peer {
${unicast.peers.map((peer) => `        ${peer}\n`).join("")}    }
`;
}
