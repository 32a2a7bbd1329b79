import { Sandbox } from "../machine/sandbox.js";

/** The file with the rule for VRRP. */
export const FILE = "/etc/ufw/before.rules";
/** The file as Debian installs it, shortened. */
export const RULES = `# rules.before
*nat
:POSTROUTING ACCEPT [0:0]
COMMIT

*filter
:ufw-before-input - [0:0]
-A ufw-before-input -i lo -j ACCEPT

# don't delete the 'COMMIT' line or these rules won't be processed
COMMIT
`;

/** A host with an enabled ufw that allows what its files list; the kernel has the same rules. */
export function ufw(before: string, user = ""): Sandbox {
  const sandbox = new Sandbox();
  sandbox.file("/etc/ufw/ufw.conf", "ENABLED=yes\n");
  sandbox.file("/etc/ufw/user.rules", user);
  sandbox.file(FILE, before);
  sandbox.answer(
    "iptables",
    'cat "$SANDBOX/etc/ufw/before.rules" "$SANDBOX/etc/ufw/user.rules" | grep -- "-A $2 "',
  );
  return sandbox;
}
