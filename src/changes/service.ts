import { query, type Query } from "../machine/query.js";
import { sh, type Shell } from "../shell/shell.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** Enables a systemd service, and makes it run with its current configuration. */
export interface ServiceChange extends BaseChange {
  readonly kind: "service";
  readonly unit: string;
  /** Why the change is needed: `not running`, `not enabled`, `not listening`, `new configuration`. */
  readonly because: string;
  /** It runs but does not work: a reload would keep its process, and that process's limits. */
  readonly restart?: true;
}

interface Before {
  readonly active: boolean;
  /** As systemd reports it: `enabled`, `disabled`, `masked`, … */
  readonly enabled: string;
}

const present = (unit: string): Query<Before> =>
  query(sh`systemctl show -p ActiveState,UnitFileState ${unit}`, (out) => ({
    active: /^ActiveState=(active|activating|reloading)$/m.test(out),
    enabled: /^UnitFileState=(.*)$/m.exec(out)?.[1] ?? "",
  }));

/** Enables a service and reloads it, or starts it if it does not run. */
export const serviceKind: ChangeKind<ServiceChange, Before> = {
  kind: "service",
  mark: "~",
  survivesReset: true,
  describe: (c) => `${c.unit}: ${c.restart ? "enable, restart" : "enable, start or reload"} (${c.because})`,
  async apply(c, { host }) {
    await host.run(
      sh`systemctl enable -q ${c.unit} && ${readAgain(c.unit, c.restart ? "restart" : "reload-or-restart")}`,
    );
  },
  undo: {
    target: (c) => c.unit,
    before: (c, { host }) => host.ask(present(c.unit)),
    describe: (c, { active, enabled }) => {
      const boot = enabled === "enabled" ? [] : [enabled === "masked" ? "mask" : "disable"];
      return `${c.unit}: ${[active ? "reload its former configuration" : "stop", ...boot].join(", ")}`;
    },
    interrupts: (c, { active }) => (active ? undefined : `${c.unit}, which did not run before`),
    activates: true,
    async undo(c, { active, enabled }, { host }) {
      const boot =
        enabled === "masked"
          ? sh`systemctl mask -q ${c.unit}`
          : enabled === "enabled"
            ? sh`:`
            : sh`systemctl disable -q ${c.unit}`;
      // If the unit's package was removed, there is nothing to stop.
      await host.run(
        sh`case $(systemctl show -p LoadState ${c.unit}) in *=not-found) exit 0 ;; esac
${active ? readAgain(c.unit) : sh`systemctl stop ${c.unit} && { systemctl reset-failed ${c.unit} 2>/dev/null || true; }`} && ${boot}`,
        { timeoutSeconds: 120 },
      );
    },
  },
};

function readAgain(unit: string, verb = "reload-or-restart"): Shell {
  return sh`{ systemctl reset-failed ${unit} 2>/dev/null; systemctl ${verb} ${unit} || { journalctl -q -n 12 --no-pager -u ${unit} >&2; exit 1; }; }`;
}
