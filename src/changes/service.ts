import { sh } from "../shell/shell.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** A systemd service is enabled, and runs with its present configuration. */
export interface ServiceChange extends BaseChange {
  readonly kind: "service";
  readonly unit: string;
  /** Why it must be touched: `not running`, `not enabled`, `new configuration`. */
  readonly because: string;
}

/** Enables a service and reloads it, or starts it where it does not run. */
export const serviceKind: ChangeKind<ServiceChange> = {
  kind: "service",
  describe: (c) => `${c.unit}: enable, start or reload (${c.because})`,
  async apply(c, { host }) {
    await host.run(
      sh`systemctl enable -q ${c.unit} && systemctl reset-failed ${c.unit} 2>/dev/null; systemctl reload-or-restart ${c.unit} || { journalctl -q -n 12 --no-pager -u ${c.unit} >&2; exit 1; }`,
    );
  },
};
