import type { Change } from "../../changes/change.js";
import { readFile, type FileState } from "../../machine/files.js";
import { query } from "../../machine/query.js";
import { sh } from "../../shell/shell.js";
import { check, type Step } from "../step.js";

const KEY = "net.ipv4.ip_nonlocal_bind";
const PATH = "/etc/sysctl.d/90-k8s-ha.conf";
const CONTENT = `# Managed by k8s-ha: haproxy binds the VIP on the standby too.\n${KEY} = 1\n`;
const live = query(sh`sysctl -n ${KEY}`, (out) => out.trim());

interface Facts {
  readonly hosts: readonly {
    readonly name: string;
    readonly live: string;
    readonly file: FileState | undefined;
  }[];
}

/** Lets haproxy bind an address that its host does not hold at the moment; now and after a boot. */
export const nonlocalBind: Step<Facts> = {
  id: "nonlocal-bind",
  title: `Set ${KEY}`,
  why: "haproxy on the standby must be able to bind the VIP before it holds it.",
  rollout: "together",
  on: "load-balancers",
  async probe(fleet) {
    const hosts = fleet.hosts("loadBalancers").map(async (host) => {
      const [value, file] = await Promise.all([host.ask(live), host.ask(readFile(PATH))]);
      return { name: host.name, live: value, file };
    });
    return { hosts: await Promise.all(hosts) };
  },
  plan: ({ hosts }) => ({
    changes: hosts.flatMap(({ name, live: value, file }): Change[] => [
      ...(file?.content === CONTENT
        ? []
        : [
            {
              kind: "file" as const,
              host: name,
              path: PATH,
              content: CONTENT,
              mode: "0644",
              owner: "root:root",
              before: file?.content ?? null,
            },
          ]),
      ...(value === "1"
        ? []
        : [{ kind: "sysctl" as const, host: name, key: KEY, before: value, value: "1" }]),
    ]),
  }),
  async verify(fleet) {
    const checks = fleet
      .hosts("loadBalancers")
      .map(async (host) => check(host.name, KEY, "1", await host.ask(live)));
    return Promise.all(checks);
  },
};
