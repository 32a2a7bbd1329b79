import { MANAGED } from "../config-files/managed.js";
import { parseVrrpPassword } from "../config-files/vrrp-password.js";
import type { Fleet } from "../machine/fleet.js";
import { KEEPALIVED_CONF } from "../machine/keepalived.js";
import { query } from "../machine/query.js";
import type { Secret } from "../shell/secret.js";
import { sh } from "../shell/shell.js";

/** The VRRP password that the load balancers already share: the first one found, `undefined` if there is none. */
export async function readVrrpPassword(fleet: Fleet, virtualRouterId: number): Promise<Secret | undefined> {
  const read = query(
    sh`if [ -f ${KEEPALIVED_CONF} ]; then cat ${KEEPALIVED_CONF}; fi`,
    // The password of a third-party file that is being replaced would be on only one load balancer.
    (text) => (text.startsWith(MANAGED) ? parseVrrpPassword(text, virtualRouterId) : undefined),
    { secretOutput: true },
  );
  const balancers = fleet.look().hosts("loadBalancers");
  const passwords = await Promise.all(balancers.map((host) => host.ask(read)));
  return passwords.find((password) => password !== undefined);
}
