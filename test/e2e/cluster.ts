import { expect } from "vitest";
import { canonical, hostPort, httpsUrl, isIPv6 } from "../../src/address.js";
import { isKubeletLocal } from "../../src/config-files/kubeadm-versions.js";
import type { Lab } from "../lab/lab.js";
import { lent } from "../lab/lent.js";
import { preflightErrorsToIgnore } from "../lab/kubeadm-config.js";
import { sorted, type Program } from "./k8s-ha.js";

/** Runs a command as root on a host; it must succeed. */
export async function on(lab: Lab, host: string, command: string): Promise<string> {
  const { stdout, stderr, exitCode } = await lab.ssh(`root@${host}`, command);
  if (exitCode !== 0) throw new Error(`${host}: ${command}\nexit code ${exitCode}\n${stdout}\n${stderr}`);
  return stdout;
}

/** The lab's version, as kubeadm writes it: `v1.37.2`. */
export async function versionOf(lab: Lab): Promise<string> {
  return `v${(await lab.status()).release?.kubernetes ?? ""}`;
}

/** The `kubeadm init` flags that a version needs on the lab's hosts. */
export function ignoreFlag(kubernetes: string): string {
  const names = preflightErrorsToIgnore(kubernetes);
  return names.length === 0 ? "" : `--ignore-preflight-errors=${names.join(",")}`;
}

/** The `kubeadm join` flags that a manual join needs on the lab's hosts. */
export async function joinFlags(lab: Lab): Promise<string> {
  return ignoreFlag((await lab.status()).release?.kubernetes ?? "");
}

/** The load balancers of most scenarios. */
export const BALANCERS = ["lb1", "lb2"];

/** Runs a command on each of {@link BALANCERS}; returns what it prints. */
export function onBalancers(lab: Lab, command: string): Promise<string[]> {
  return Promise.all(BALANCERS.map((name) => on(lab, name, command)));
}

/** Which of {@link BALANCERS} have the VIP, queried without k8s-ha; in a split brain both. */
export async function holdersOf(lab: Lab, vip: string): Promise<string[]> {
  const found = await onBalancers(lab, `ip -4 -o addr show to ${vip}/32`);
  return BALANCERS.filter((_, i) => found[i] !== "");
}

/** Runs kubectl on the first master with its admin.conf. */
export function kubectl(lab: Lab, args: string): Promise<string> {
  return on(lab, "master1", `kubectl --kubeconfig /etc/kubernetes/admin.conf ${args}`);
}

/** The UIDs of the users' objects in the cluster. */
export function uids(lab: Lab): Promise<string> {
  return kubectl(
    lab,
    `get deployments,secrets,configmaps,services -A -o jsonpath='{range .items[*]}{.kind}/{.metadata.namespace}/{.metadata.name} {.metadata.uid}{"\\n"}{end}' | grep -vE 'bootstrap-token|kubeadm-certs'`,
  );
}

/**
 * A digest of everything that a dry run must not change: files below /etc and the kubelet's, packages, and every
 * object's version.
 */
export async function digest(lab: Lab): Promise<string> {
  const files = `find /etc /var/lib/kubelet /var/lib/k8s-ha /var/backups /var/lib/haproxy /usr/sbin -xdev -type f -not -path '/var/lib/kubelet/pods/*' -not -name '*.lock' 2>/dev/null -print0 | sort -z | xargs -0 sha256sum | sha256sum`;
  const hosts = ["master1", "master2", "master3", "worker1", "lb1", "lb2"];
  const parts = await Promise.all(hosts.map((host) => on(lab, host, files)));
  const objects = await kubectl(
    lab,
    `get configmaps,secrets,daemonsets,deployments,services -A -o jsonpath='{range .items[*]}{.metadata.uid} {.metadata.generation} {.data} {.spec}{"\\n"}{end}' | sha256sum`,
  );
  return [...parts, objects].join("");
}

/** Waits until the endpoint answers five times in a row, for at most three minutes. */
export async function expectToServe(lab: Lab, endpoint: string): Promise<void> {
  const script = `n=0; until [ $n -ge 5 ]; do sleep 1; [ "$(curl -sk --max-time 2 https://${endpoint}/readyz)" = ok ] && n=$((n + 1)) || n=0; i=$((i + 1)); [ $i -lt 180 ] || exit 1; done`;
  const { exitCode } = await lab.exec(["sh", "-c", script]);
  expect(`${endpoint}: exit code ${exitCode}`).toBe(`${endpoint}: exit code 0`);
}

/** Expects the endpoint to serve while a master is switched off; the master is Ready again afterwards. */
export async function expectToServeWithout(lab: Lab, master: string, endpoint: string): Promise<void> {
  await lab.powerOff(master);
  await expectToServe(lab, endpoint);
  await lab.powerOn(master);
  const network = endpoint.startsWith("[") ? "fd00:88::" : "10.88.0.";
  await expectToServe(lab, hostPort(`${network}1${master.at(-1) ?? ""}`, 6443));
  await kubectl(lab, "wait --for=condition=Ready nodes --all --timeout=240s");
}

/** Expects this number of etcd members on the masters, each of them started, voting and healthy. */
async function expectMembers(lab: Lab, count: number, loopback: string): Promise<void> {
  const pki = "/etc/kubernetes/pki/etcd";
  const etcdctl = `etcdctl --endpoints https://${hostPort(loopback, 2379)} --cacert ${pki}/ca.crt --cert ${pki}/server.crt --key ${pki}/server.key`;
  const members = await kubectl(lab, `-n kube-system exec etcd-master1 -- ${etcdctl} member list`);
  const rows = members.trim().split("\n");
  expect(rows).toHaveLength(count);
  for (const row of rows) expect(row).toMatch(/, started, master\d, .*, false$/);
  const health = await kubectl(
    lab,
    `-n kube-system exec etcd-master1 -- ${etcdctl} endpoint health --cluster 2>&1`,
  );
  expect(health.match(/is healthy/g)).toHaveLength(count);
}

/** Expects a control plane of three behind the endpoint, checked without k8s-ha. */
export async function expectHighlyAvailable(
  lab: Lab,
  vip: string,
  { port = 6443, balancers = ["lb1", "lb2"] as readonly string[], members = 3 } = {},
): Promise<void> {
  if (members > 0) await expectMembers(lab, members, isIPv6(vip) ? "::1" : "127.0.0.1");
  const masters = ["11", "12", "13"].map((number) => `${isIPv6(vip) ? "fd00:88::" : "10.88.0."}${number}`);
  for (const address of [...masters.map((own) => hostPort(own, 6443)), hostPort(vip, port)]) {
    const { stdout } = await lab.exec(["curl", "-sk", "--max-time", "5", `https://${address}/readyz`]);
    expect(`${address} ${stdout}`).toBe(`${address} ok`);
    const shown = await on(
      lab,
      "worker1",
      `openssl s_client -connect '${address}' </dev/null 2>/dev/null | openssl x509 -noout -ext subjectAltName`,
    );
    const sans = shown.replaceAll(/(?<=IP Address:)[\dA-F]+:[\dA-F:]+/g, canonical);
    for (const name of [vip, ...masters, "master1", "master2", "master3"]) {
      expect(`${address}: ${sans}`).toContain(name);
    }
  }

  const nodes = await kubectl(lab, "get nodes --no-headers");
  for (const name of ["master1", "master2", "master3", "worker1"]) {
    expect(nodes).toMatch(new RegExp(`^${name} +Ready `, "m"));
  }
  const holders = await Promise.all(balancers.map((name) => on(lab, name, "ip -o addr show eth0")));
  expect(holders.filter((text) => text.includes(`${vip}/`))).toHaveLength(balancers.length === 0 ? 0 : 1);
  const rest = await kubectl(lab, "-n kube-system get secrets -o name");
  expect(rest).not.toContain("kubeadm-certs");
}

/** Expects a migration to succeed and to make exactly the changes that its plan lists. */
export async function expectMigration(
  program: Program,
  ...options: readonly string[]
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const before = program.begun().length;
  const planned = await program.planned(...options);
  const { stdout, stderr, exitCode } = await program.run("migrate", "--yes", ...options);
  expect(`${exitCode} ${stderr} ${stdout}`).toMatch(/^0 /);
  expect(sorted(program.begun().slice(before))).toEqual(sorted(planned));
  console.log(stdout.slice(stdout.indexOf("done: ")));
  return { stdout, stderr };
}

/** Expects a second run to change nothing and every check to pass. */
export async function expectNothingToDo(program: Program): Promise<void> {
  const again = await program.run("migrate", "--yes");
  expect(again.stdout).toContain("Plan: no changes");
  expect(again.exitCode).toBe(0);
  const verified = await program.run("verify");
  expect(verified.stdout).not.toContain("✗");
  expect(verified.exitCode).toBe(0);
}

/** An image that every node has. */
export function demoImage(lab: Lab): Promise<string> {
  return kubectl(lab, "get deployment demo -o jsonpath='{.spec.template.spec.containers[0].image}'");
}

/** Expects a pod to reach the API through the Service `kubernetes`. */
export async function expectPodToReachApi(lab: Lab): Promise<void> {
  const image = await demoImage(lab);
  const account = "/var/run/secrets/kubernetes.io/serviceaccount";
  // There is no DNS in the lab; the certificate must still name the Service.
  const ask = `curl -sS --max-time 3 --cacert ${account}/ca.crt -H "Authorization: Bearer $(cat ${account}/token)" --resolve kubernetes.default.svc:443:$KUBERNETES_SERVICE_HOST https://kubernetes.default.svc/version`;
  const { mounts, volumes } = lent();
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "client" },
    spec: {
      nodeName: "worker1",
      restartPolicy: "Never",
      containers: [
        {
          name: "client",
          image,
          command: ["/bin/sh", "-c", `for i in 1 2 3 4 5; do ${ask} | grep gitVersion || exit 1; done`],
          volumeMounts: mounts,
        },
      ],
      volumes,
    },
  };
  await lab.ssh("root@master1", "cat >/root/client.json", { input: JSON.stringify(pod) });
  await kubectl(lab, "apply -f /root/client.json");
  const phase = "get pod client -o jsonpath='{.status.phase}'";
  let last = "";
  for (let tries = 0; tries < 60 && !["Succeeded", "Failed"].includes(last); tries++) {
    last = await kubectl(lab, `${phase}; sleep 1`);
  }
  expect(`${last} ${last === "Succeeded" ? "" : await kubectl(lab, "logs client || true")}`).toBe(
    "Succeeded ",
  );
  await kubectl(lab, "delete pod client --now; rm /root/client.json");
}

/**
 * Expects the kubelet of each worker to use the endpoint's URL, and that of each master its own apiserver, or the
 * endpoint with a kubeadm that has no local mode. `masters`: name → address.
 */
export async function expectKubeletServers(
  lab: Lab,
  endpoint: string,
  masters: Readonly<Record<string, string>>,
  workers: readonly string[] = ["worker1"],
): Promise<void> {
  const isLocal = isKubeletLocal(await versionOf(lab), {});
  const serverOf = (host: string) =>
    on(lab, host, `echo "${host} $(sed -n 's/^ *server: //p' /etc/kubernetes/kubelet.conf)"`);
  for (const [host, address] of Object.entries(masters)) {
    const server = isLocal ? httpsUrl(address, 6443) : endpoint;
    expect((await serverOf(host)).trim()).toBe(`${host} ${server}`);
  }
  for (const host of workers) expect((await serverOf(host)).trim()).toBe(`${host} ${endpoint}`);
}
