import { MANAGED } from "../config-files/managed.js";
import { sh } from "../shell/shell.js";
import { query } from "./query.js";

/** keepalived's configuration file. */
export const KEEPALIVED_CONF = "/etc/keepalived/keepalived.conf";

/** A password after blanks or tabs, possibly in quotes, possibly on one line with its block. */
const PASSWORD = 'auth_pass[[:space:]]+("[^"]*"|[^[:space:]]+)';

/**
 * keepalived.conf with masked passwords, `null` if there is none; and a digest to compare the password between hosts,
 * empty for none. Passwords of files not managed by k8s-ha, including the package's sample, are ignored.
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
