import type { Change } from "../../changes/change.js";
import { HAPROXY_CFG, maskedHaproxyCfg } from "../../changes/haproxy-config.js";
import { areStaticPods, running, type Running } from "../../cluster/load-balancer-program.js";
import { haproxyConfig, type HaproxyOptions } from "../../config-files/haproxy.js";
import { passwordDigest } from "../../config-files/haproxy-passwords.js";
import { MANAGED } from "../../config-files/managed.js";
import type { Inventory } from "../../inventory/schema.js";
import { isForeignFile } from "../../machine/packages.js";
import type { FileState } from "../../machine/files.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import type { ReadOnlyHost } from "../../machine/host.js";
import { podComplaints } from "../../machine/load-balancer-pods.js";
import { httpStatus, listeningPorts } from "../../machine/network.js";
import { complaints } from "../../machine/systemd.js";
import { APISERVER_PORT } from "../../ports.js";
import { firstLineOfSecretFile } from "../../shell/secret-file.js";
import { hostsOf } from "../host-selector.js";
import { announcingVip, staysFor } from "./announced-port.js";
import { check, type Check, type Step } from "../step.js";
import { foreignConfig, furtherFile, furtherHaproxyFiles, isKept, shownBefore } from "./foreign-file.js";
import { otherWay, runPlan, runs } from "./running.js";

interface Facts {
  /** Digest of the statistics page's password in the operator's file; empty if there is none. */
  readonly wantedDigest: string;
  readonly hosts: readonly HostFacts[];
  /** Result of {@link announcingVip}; absent if empty. */
  readonly announcing?: readonly string[];
  /** The load balancers that another step configures. */
  readonly others?: readonly Pick<HostFacts, "name" | "file" | "passwordDigest">[];
}

interface HostFacts extends Running {
  /** haproxy.cfg, with its passwords masked. */
  readonly file: FileState | undefined;
  /** Digest of the statistics page's password, to compare the load balancers; empty if there is none. */
  readonly passwordDigest: string;
  /** Whether haproxy listens on the endpoint's port; an apiserver may use the same port on another address. */
  readonly listens: boolean;
  /** Whether haproxy.cfg is a third-party configuration. */
  readonly isForeign: boolean;
  /** Further files that haproxy reads. */
  readonly further: readonly string[];
}

/** Options of haproxy.cfg, the same on every load balancer; with port 6443 while an apiserver advertises the VIP. */
function desired(inventory: Inventory, isAnnounced: boolean): HaproxyOptions {
  const { address, port } = inventory.cluster.endpoint;
  const { stats, monitor, servers, timeouts, maxconn } = inventory.loadBalancer;
  return {
    vip: address,
    port,
    masters: inventory.controlPlane.map((host) => ({
      name: host.name,
      address: host.address,
      port: APISERVER_PORT,
    })),
    stats: stats !== false && { port: stats.port, ...(stats.user !== undefined && { user: stats.user }) },
    monitor,
    servers,
    timeouts,
    maxconn,
    ...((isAnnounced || inventory.cluster.advertise === "endpoint") && { advertisedPort: APISERVER_PORT }),
    ...(areStaticPods(inventory) && { inPod: true }),
  };
}

/** The operator's file with the statistics page's password, if set. */
function passwordFile({ loadBalancer: { stats } }: Inventory): string | undefined {
  return stats === false ? undefined : stats.passwordFile;
}

/** Whether a password differs from the operator's, or without one from the first that a load balancer has. */
function hasOtherPassword(
  { wantedDigest, hosts, others = [] }: Facts,
  own: string,
  { loadBalancer, loadBalancers }: Inventory,
): boolean {
  if (loadBalancer.stats === false || loadBalancer.stats.user === undefined) return false;
  const found = loadBalancers.map(({ name }) => [...hosts, ...others].find((host) => host.name === name));
  const first = found.map((host) => host?.passwordDigest ?? "").find((digest) => digest !== "");
  return own !== (wantedDigest === "" ? first : wantedDigest);
}

async function hostFacts(host: ReadOnlyHost, fleet: ReadOnlyFleet): Promise<HostFacts> {
  const [cfg, how, ports, isForeign, further] = await Promise.all([
    host.ask(maskedHaproxyCfg),
    running(host, "haproxy", fleet),
    host.ask(listeningPorts),
    host.ask(isForeignFile(HAPROXY_CFG, { mark: MANAGED, package: "haproxy" })),
    areStaticPods(fleet.inventory) ? [] : host.ask(furtherHaproxyFiles),
  ]);
  return {
    ...how,
    ...cfg,
    listens: ports.get(fleet.inventory.cluster.endpoint.port)?.includes("haproxy") === true,
    isForeign,
    further,
  };
}

/** Configures haproxy on the load balancers; `haproxy -c` checks the file first, except for a pod. */
export const haproxy: Step<Facts> = {
  id: "haproxy",
  title: "Configure haproxy",
  why: "haproxy sends each connection to an apiserver whose /readyz returns 200.",
  requires: [
    {
      steps: ["load-balancer-packages", "load-balancer-images", "nonlocal-bind", "selinux"],
      why: "haproxy must be available and able to bind a VIP that its host does not hold, also under SELinux",
    },
    {
      steps: ["bind-address"],
      why: "if haproxy uses the apiservers' port on masters, an apiserver that listens on all addresses blocks that port on the VIP",
    },
  ],
  rollout: "one-by-one",
  on: "early-load-balancers",
  async probe(fleet) {
    const own = hostsOf(this, fleet);
    const rest = fleet.hosts("loadBalancers").filter((host) => !own.includes(host));
    const file = passwordFile(fleet.inventory);
    const [password, hosts, announcing, others] = await Promise.all([
      file === undefined ? undefined : firstLineOfSecretFile(file),
      Promise.all(own.map((host) => hostFacts(host, fleet))),
      announcingVip(fleet),
      Promise.all(rest.map(async (host) => ({ ...(await host.ask(maskedHaproxyCfg)), name: host.name }))),
    ]);
    const led = announcing.length === 0 ? {} : { announcing };
    return { wantedDigest: passwordDigest(password), hosts, ...led, others };
  },
  plan(facts, inventory) {
    const { hosts, announcing = [] } = facts;
    const options = desired(inventory, announcing.length > 0);
    const shown = haproxyConfig(options).shown();
    const secret = passwordFile(inventory);
    return {
      problems: [
        ...(announcing.length === 0 ? [] : [staysFor(announcing, inventory)]),
        ...hosts.flatMap((host) => [
          ...(host.isForeign ? [foreignConfig(host.name, HAPROXY_CFG, inventory)] : []),
          ...host.further.map((path) => furtherFile(host.name, path)),
          ...otherWay(host, "haproxy", inventory),
        ]),
      ],
      changes: hosts.flatMap((host) => {
        const { name, file, listens, passwordDigest: own, isForeign } = host;
        if (isKept(host, inventory) || otherWay(host, "haproxy", inventory).length > 0) return [];
        const write: Change[] =
          file?.content === shown && !hasOtherPassword(facts, own, inventory)
            ? []
            : [
                {
                  kind: "haproxy-config",
                  host: name,
                  options,
                  ...(secret !== undefined && { passwordFile: secret }),
                  before: file === undefined ? null : shownBefore(file.content, isForeign),
                },
              ];
        return [
          ...write,
          ...runPlan(host, "haproxy", inventory, write, file ? [file.modified] : [], listens),
        ];
      }),
    };
  },
  async verify(fleet) {
    const { port } = fleet.inventory.cluster.endpoint;
    const complained = areStaticPods(fleet.inventory) ? podComplaints : complaints;
    const checks = hostsOf(this, fleet).map(async (host): Promise<Check[]> => {
      const [isRunning, status] = await Promise.all([
        runs(host, "haproxy", fleet.inventory),
        host.ask(httpStatus(`https://127.0.0.1:${port}/readyz`)),
      ]);
      // `haproxy -c` does not find every fault, such as too few file descriptors: those are only in the log.
      const log = status === 200 ? "" : await host.ask(complained("haproxy", "[ALERT]"));
      const answer = log === "" ? String(status) : `${status}; haproxy's log:\n${log}`;
      return [
        isRunning,
        check(host.name, `https://127.0.0.1:${port}/readyz`, "200", answer),
        ...(await Promise.all(pageChecks(host, fleet.inventory))),
      ];
    });
    return (await Promise.all(checks)).flat();
  },
};

/** haproxy as a static pod on the masters that join after the first one got its own. */
export const standbyHaproxy: Step<Facts> = {
  ...haproxy,
  id: "standby-haproxy",
  title: "Configure haproxy on the masters that joined",
  why: "A static pod needs a kubelet, so these masters can run haproxy only after they joined.",
  requires: [
    {
      steps: ["haproxy", "join"],
      why: "kubeadm up to 1.22 does not join a machine that already has static pods, and static pods need a kubelet",
    },
  ],
  on: "late-load-balancers",
};

/** Checks the statistics page, if it requires a password (401 without one), and the monitor page. */
function pageChecks(host: ReadOnlyHost, { loadBalancer: { stats, monitor } }: Inventory): Promise<Check>[] {
  const answers = async (port: number, path: string, expected: string): Promise<Check> => {
    const url = `http://127.0.0.1:${port}${path}`;
    return check(host.name, url, expected, String(await host.ask(httpStatus(url))));
  };
  return [
    ...(stats === false || stats.user === undefined ? [] : [answers(stats.port, "/stats", "401")]),
    ...(monitor === false ? [] : [answers(monitor.port, monitor.uri, "200")]),
  ];
}
