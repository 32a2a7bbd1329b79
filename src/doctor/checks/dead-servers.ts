import { splitHostPort } from "../../address.js";
import type { ReadOnlyHost } from "../../machine/host.js";
import { kubeconfigs } from "../../machine/kubeconfigs.js";
import { httpStatus } from "../../machine/network.js";
import { APISERVER_PORT } from "../../ports.js";
import { askEach, type Answers } from "../../steps/preflight/answers.js";
import { asFinding, type DoctorCheck, type Finding } from "../check.js";

const FILES = [
  "admin.conf",
  "super-admin.conf",
  "kubelet.conf",
  "controller-manager.conf",
  "scheduler.conf",
].map((name) => `/etc/kubernetes/${name}`);

/** A server in kubeconfigs that does not answer. */
interface DeadServer {
  readonly server: string;
  readonly files: readonly string[];
}

async function deadServers(host: ReadOnlyHost): Promise<readonly DeadServer[]> {
  const found = await host.ask(kubeconfigs(FILES));
  const servers = [...new Set(found.flatMap((file) => file.servers))];
  const answers = await Promise.all(servers.map((server) => host.ask(httpStatus(`${server}/livez`))));
  return servers
    .filter((_, i) => answers[i] === 0)
    .map((server) => ({
      server,
      files: found.filter((file) => file.servers.includes(server)).map(({ path }) => path),
    }));
}

/** Each server that a kubeconfig of kubeadm names answers, whatever it answers. */
export const deadServersCheck: DoctorCheck<Answers<readonly DeadServer[]>> = {
  id: "dead-servers",
  title: "kubeconfigs name servers that answer",
  probe: (fleet) => askEach(fleet.hosts("controlPlane", "workers"), deadServers),
  findings: ({ found, failures }) => [
    ...failures.map(asFinding),
    ...[...found].flatMap(([host, dead]) =>
      dead.map(({ server, files }): Finding => {
        const { host: name, port = APISERVER_PORT } = splitHostPort(server.replace(/^https?:\/\//, ""));
        return {
          severity: "error",
          host,
          what: `${server} does not answer, which ${files.join(", ")} name${files.length === 1 ? "s" : ""}`,
          fix: `on ${host}: find out whether ${name}:${port} should serve (curl -k ${server}/livez); if not, set the right server in the files, and restart what uses them`,
        };
      }),
    ),
  ],
};
