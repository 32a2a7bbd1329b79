import type { Change } from "../../changes/change.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { homeKubeconfigs, kubeconfigs, type KubeconfigState } from "../../machine/kubeconfigs.js";
import { ADMIN_CONF } from "../../machine/kubectl.js";
import { formerServers, kubeadmFacts } from "../../cluster/kubeadm-config.js";
import { check, type Problem, type Step } from "../step.js";
import { CERTIFICATE_FIRST } from "./certificate-first.js";

const ADMIN_FILES = [ADMIN_CONF, "/etc/kubernetes/super-admin.conf"];

interface Facts {
  /** Former server URLs that users' files may contain. */
  readonly former: readonly string[];
  readonly hosts: readonly {
    readonly name: string;
    /** kubeadm's own files, to which users may have added other clusters, which stay unchanged. */
    readonly admin: readonly KubeconfigState[];
    /** Users' files: they may contain other clusters too, which stay unchanged. */
    readonly home: readonly KubeconfigState[];
  }[];
}

async function facts(fleet: ReadOnlyFleet): Promise<Facts> {
  const hosts = fleet.hosts("controlPlane", "workers").map(async (host) => {
    const [admin, home] = await Promise.all([
      host.ask(kubeconfigs(ADMIN_FILES)),
      host.ask(homeKubeconfigs(host.user)),
    ]);
    return { name: host.name, admin, home };
  });
  const [cluster, found] = await Promise.all([kubeadmFacts(fleet), Promise.all(hosts)]);
  return { former: formerServers(fleet.inventory, cluster), hosts: found };
}

/** Points admin kubeconfigs to the endpoint: kubeadm's own, and the login user's if it names the former address. */
export const adminKubeconfig: Step<Facts> = {
  id: "admin-kubeconfig",
  title: "Point the admin kubeconfigs to the endpoint",
  why: "With the former address, kubectl and kubeadm on the masters reach the API only through the first master.",
  requires: [CERTIFICATE_FIRST],
  rollout: "together",
  on: "nodes",
  probe: facts,
  plan({ former, hosts }, inventory) {
    const to = inventory.cluster.endpoint.url;
    const edit = (
      host: string,
      { path, servers }: KubeconfigState,
      isOld: (server: string) => boolean,
    ): Change[] =>
      [...new Set(servers)]
        .filter((server) => server !== to && isOld(server))
        .map((from) => ({ kind: "kubeconfig", host, path, from, to }));
    const problems = hosts.flatMap(({ name, home }) =>
      home
        .filter(({ unusable }) => unusable)
        .map(({ path }): Problem => ({
          severity: "warning",
          host: name,
          what: `root cannot read and write ${path}`,
          fix: `if its server is the first master, set server: ${to} in it`,
        })),
    );
    return {
      problems,
      changes: hosts.flatMap(({ name, admin, home }) => [
        ...admin.flatMap((file) =>
          edit(name, file, (server) => ofThisCluster(file, former).includes(server)),
        ),
        ...home.flatMap((file) => edit(name, file, (server) => former.includes(server))),
      ]),
    };
  },
  async verify(fleet) {
    const { former, hosts } = await facts(fleet);
    const to = fleet.inventory.cluster.endpoint.url;
    return hosts.flatMap(({ name, admin, home }) => [
      ...admin.map((file) =>
        check(name, `server in ${file.path}`, to, ofThisCluster(file, former).join(", ")),
      ),
      ...home.map(({ path, servers }) =>
        check(
          name,
          `${path} names the former address`,
          "no",
          servers.some((s) => former.includes(s)) ? "yes" : "no",
        ),
      ),
    ]);
  },
};

/** The servers in one of kubeadm's files that lead to this cluster: a file with one server has no other. */
function ofThisCluster({ servers, otherCa = [] }: KubeconfigState, former: readonly string[]): string[] {
  const all = [...new Set(servers)];
  return all.length === 1
    ? all
    : all.filter((server) => former.includes(server) || !otherCa.includes(server));
}
