import { asNetwork, isIPv6 } from "../address.js";
import type { Secret } from "../shell/secret.js";
import { configurationFolder } from "./load-balancer-pods.js";
import { MANAGED } from "./managed.js";
import { masked, type MaskedText } from "./masked-text.js";

/** The path of the script of `checkScript`, used in keepalived.conf. */
export const CHECK_SCRIPT_PATH = "/etc/keepalived/check-apiserver.sh";

/** The path of the same file in keepalived's static pod. */
export const CHECK_SCRIPT_IN_POD = `${configurationFolder("keepalived")}/check-apiserver.sh`;

/**
 * Its path on a host with SELinux: keepalived cannot run scripts below /etc there, and a script in its own domain could
 * use neither `ip` nor haproxy. Scripts in this directory are unconfined (selinux-policy, keepalived.te and keepalived.fc).
 */
export const UNCONFINED_CHECK_SCRIPT_PATH = "/usr/libexec/keepalived/check-apiserver.sh";

/** VRRP without multicast: from the own address to each of the others. */
export interface VrrpUnicast {
  readonly source: string;
  readonly peers: readonly string[];
}

/** The settings of one load balancer's keepalived. */
export interface KeepalivedOptions {
  readonly vip: string;
  readonly interface: string;
  readonly virtualRouterId: number;
  /** 1 to 254; the host with the highest priority among those whose check passes holds the VIP. */
  readonly priority: number;
  /** How much a failed check lowers the priority: more than the largest difference between two hosts, at most 253. */
  readonly penalty: number;
  /** Unicast addresses for advertisements; by default the multicast group. */
  readonly unicast?: VrrpUnicast;
  /** The path of the check script; by default {@link CHECK_SCRIPT_PATH}. */
  readonly checkScript?: string;
  /** Exactly 8 characters, the same on every load balancer: `generateVrrpPassword`. VRRP of an IPv6 VIP has none. */
  readonly password: Secret;
}

/**
 * keepalived.conf for a load balancer (keepalived.conf(5)).
 *
 * - A failed check lowers the priority by more than any two hosts differ: the VIP moves to a host where the check
 *   passes, and does not move while the check fails everywhere. With FAULT (`weight 0`), every host would drop it when
 *   etcd pauses briefly, as it does while a second member starts; measured: unavailable for 15 s instead of 7 s.
 * - Therefore no `nopreempt`, with which a lowered priority never moves the VIP.
 * - `init_fail`: a host that boots with a broken haproxy does not claim the VIP over a healthy one.
 * - The check may send two requests, 2 s each: 5 s is the lowest timeout that does not count a slow response as a failure.
 * - The VIP is a single-address network, so that its subnet is not configured twice.
 * - An IPv6 VIP makes it VRRP version 3, which has no passwords (RFC 5798); a /128 is not used as source address by the
 *   host itself.
 * - Not `vrrp_strict`: it stops the VIP from responding.
 * - `state BACKUP` on all hosts: the priorities determine the MASTER after the checks have run. A host that starts as
 *   MASTER takes the VIP before its haproxy is checked.
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
