import { describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { leavingProblems } from "../../src/migration/undo-blockers.js";
import { labInventory } from "../steps/inventory.js";
import { Sandbox } from "../machine/sandbox.js";
import { ETCD_ALARMS } from "../machine/web.js";

const KUBELET_CONF = "/etc/kubernetes/kubelet.conf";
/** The changes that a rollback undoes to remove the VIP. */
const keepalived = { kind: "keepalived-config", host: "lb1" } as Change;
const hostsFile = { kind: "file", host: "worker1", path: "/etc/hosts" } as Change;

/** A cluster whose only node connects to the API at this address. */
async function problems(
  server: string,
  cluster: object,
  changes: readonly Change[],
  resolved = "",
  lost: readonly string[] = [],
) {
  using sandbox = new Sandbox(labInventory({ cluster }));
  const address = sandbox.inventory.workers[0]?.address;
  const node = { metadata: { name: "worker1" }, status: { addresses: [{ type: "InternalIP", address }] } };
  sandbox.web.api({ "/api/v1/nodes": { items: [node] } });
  sandbox.file(KUBELET_CONF, `clusters:\n- cluster:\n    server: ${server}\n`);
  sandbox.answer("getent", `echo "${resolved} STREAM"`);
  const undoings = changes.map((change) => ({ change, before: {} }));
  return await leavingProblems(undoings, sandbox.fleet().without(lost).look(), false);
}

describe("blockers of a rollback that removes the endpoint", () => {
  const byAddress = { endpoint: "10.88.0.100:6443" };
  const byName = { endpoint: "api.lab.example:6443", vip: "10.88.0.100" };

  it("include a node whose kubelet was pointed to the VIP outside k8s-ha", async () => {
    expect(await problems("https://10.88.0.100:6443", byAddress, [keepalived])).toMatchObject([
      { severity: "blocker", host: "worker1", what: expect.stringContaining("no k8s-ha run") as string },
    ]);
    expect(await problems("https://10.88.0.11:6443", byAddress, [keepalived])).toEqual([]);
    const kubeconfig = { kind: "kubeconfig", host: "worker1", path: KUBELET_CONF } as Change;
    expect(await problems("https://10.88.0.100:6443", byAddress, [keepalived, kubeconfig])).toEqual([]);
  });

  it("are only warnings for lost hosts", async () => {
    const found = await problems("https://10.88.0.100:6443", byAddress, [keepalived], "", ["worker1", "lb2"]);
    expect(found.map(({ severity, what }) => `${severity}: ${what}`)).toEqual([
      "warning: the host of node worker1 is skipped (--skip-host), so it is not checked; if its kubelet uses the API at https://10.88.0.100:6443, it has no API when it is back",
      "warning: it is skipped (--skip-host); if k8s-ha configured it, it takes the VIP 10.88.0.100 as soon as it is back",
    ]);
  });

  it("exclude a node whose server name resolves to the first master again", async () => {
    const url = "https://api.lab.example:6443";
    expect(await problems(url, byName, [keepalived, hostsFile], "10.88.0.100")).toEqual([]);
    expect(await problems(url, byName, [keepalived], "10.88.0.11")).toEqual([]);
    expect(await problems(url, byName, [keepalived], "10.88.0.100")).toMatchObject([
      {
        severity: "blocker",
        host: "worker1",
        fix: "in DNS, or in /etc/hosts on worker1, point api.lab.example to the first master again",
      },
    ]);
  });
});

describe("blockers of a rollback that removes an etcd member", () => {
  const join = {
    kind: "join",
    host: "master2",
    nodeName: "master2",
    address: "10.88.0.12",
    etcdDataDir: "/var/lib/etcd",
  } as Change;

  it("include etcd's alarms: the cluster accepts no writes", async () => {
    using sandbox = new Sandbox();
    sandbox.web.login();
    const clientURLs = ["https://10.88.0.11:2379"];
    const peerURLs = ["https://10.88.0.11:2380"];
    sandbox.web.etcd([{ ID: "1", name: "master1", peerURLs, clientURLs, healthy: true }]);
    sandbox.web.api({ "/api/v1/pods?fieldSelector=spec.nodeName%3Dmaster2": { items: [] } });
    const look = () => leavingProblems([{ change: join, before: {} }], sandbox.fleet().look(), false);
    expect(await look()).toEqual([]);
    sandbox.web.serve(ETCD_ALARMS, { alarms: [{ memberID: "1", alarm: "NOSPACE" }] });
    expect(await look()).toEqual([
      {
        severity: "blocker",
        host: "master1",
        what: "etcd has raised an alarm: NOSPACE (member master1)",
        fix: 'clear the alarm: see docs/recovery.md, "etcd alarms"',
      },
    ]);
  });
});
