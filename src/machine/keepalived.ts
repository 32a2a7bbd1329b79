import { MANAGED } from "../config-files/managed.js";
import { sh } from "../shell/shell.js";
import { query } from "./query.js";

/** Where keepalived reads its configuration. */
export const KEEPALIVED_CONF = "/etc/keepalived/keepalived.conf";

/** As people write it: after blanks or tabs, in quotes, on one line with its block. */
const PASSWORD = 'auth_pass[[:space:]]+("[^"]*"|[^[:space:]]+)';

/**
 * keepalived.conf with its passwords masked, `null` where there is none; and a digest that tells whether hosts share one,
 * empty for none. A password of somebody's file, or of the package's sample, is none to share.
 */
export const maskedKeepalivedConf = query(
  sh`if [ -f ${KEEPALIVED_CONF} ]; then
  if [ "$(head -n 1 ${KEEPALIVED_CONF})" = ${MANAGED} ] && grep -qE ${PASSWORD} ${KEEPALIVED_CONF}
  then grep -oE ${PASSWORD} ${KEEPALIVED_CONF} | awk '{ print $2 }' | sha256sum | cut -c1-16
  else echo; fi
  sed -E ${`s/${PASSWORD}/auth_pass [secret]/g`} ${KEEPALIVED_CONF}
fi`,
  (out) => {
    if (out === "") return { shown: null, passwordDigest: "" };
    const end = out.indexOf("\n");
    return { passwordDigest: out.slice(0, end), shown: out.slice(end + 1) };
  },
);
