import { asNetwork } from "../../address.js";
import { MANAGED } from "../../config-files/managed.js";
import { KEEPALIVED_CONF } from "../../machine/keepalived.js";
import { ourProcesses } from "../../machine/load-balancer-pods.js";
import { query, type Query } from "../../machine/query.js";
import { sh } from "../../shell/shell.js";

/**
 * Whether a keepalived of ours, a service or a pod, runs on the host for this address and router id. One that runs for
 * something else says nothing of whether they are free.
 */
export function announcesAddress(address: string, routerId: number): Query<boolean> {
  const script = sh`if { systemctl is-active -q keepalived || [ -n "$(${ourProcesses("keepalived")})" ]; } && [ "$(head -n 1 ${KEEPALIVED_CONF})" = ${MANAGED} ] &&
  grep -qE ${`^ *virtual_router_id ${routerId}$`} ${KEEPALIVED_CONF} &&
  grep -qF ${` ${asNetwork(address)} dev `} ${KEEPALIVED_CONF}; then echo yes; else echo no; fi`;
  return query(script, (out) => out.trim() === "yes");
}
