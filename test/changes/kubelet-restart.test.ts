import { utimesSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { kindOf } from "../../src/changes/change.js";
import { Sandbox } from "../machine/sandbox.js";
import { contextOf, make } from "./context.js";
import { itIsShownAs } from "./shown.js";

const change: Change = { kind: "kubelet-restart", host: "worker1", node: "n", kubeletVersion: "v1.35.0" };
const older: Change = { ...change, kubeletVersion: "v1.34.4" };
const PODS = "/api/v1/pods?fieldSelector=spec.nodeName%3Dn";

/** A cluster whose API lists these pods on the node, one list after the other, and a node that is Ready. */
function clusterWith(...lists: readonly (readonly object[])[]): Sandbox {
  const sandbox = new Sandbox();
  sandbox.runsUnits();
  sandbox.web.api({
    "/api/v1/nodes/n": { status: { conditions: [{ type: "Ready", status: "True" }] } },
    "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n": {
      spec: { renewTime: "2100-01-31T22:15:30.000000Z" },
    },
    [PODS]: lists.map((items) => ({ items })),
  });
  return sandbox;
}

/** A pod named by its UID; its Ready condition last changed in this minute. */
function pod(uid: string, status: "True" | "False", minute = 10, more: object = {}): object {
  return {
    metadata: { uid, namespace: "app", name: uid, ...more },
    spec: { containers: [{ readinessProbe: { periodSeconds: 1 } }] },
    status: { conditions: [{ type: "Ready", status, lastTransitionTime: `2026-11-30T10:${minute}:00Z` }] },
  };
}

/** Applies a change; returns the notes for the operator. */
async function notesOf(sandbox: Sandbox, one: Change): Promise<string[]> {
  const notes: string[] = [];
  await kindOf(one).apply(one, contextOf(sandbox, one.host, notes));
  return notes;
}

const lists = (sandbox: Sandbox): number =>
  sandbox.calls("curl").filter((call) => call.at(-1)?.endsWith(PODS)).length;
const MEMORY = "/run/k8s-ha/ready-pods-n.json";

describe("kubelet-restart", () => {
  itIsShownAs(change, {
    mark: "~",
    describe: "restart the kubelet, wait until node n and its pods are Ready",
    interrupts: { what: "nothing: containers keep running while the kubelet restarts", seconds: 0 },
  });

  it.each([older, { ...change, kubeletVersion: undefined } as unknown as Change])(
    "interrupts the pods with readiness probes up to 1.34, and if the version is unknown",
    (one) => {
      expect(kindOf(one).interrupts?.(one)).toEqual({
        what: "the node's pods with readiness probes, which get no requests from their Services until the next probe",
        seconds: 10,
      });
    },
  );

  it("waits until the node is Ready with a lease newer than the restart", async () => {
    using sandbox = new Sandbox();
    sandbox.runsUnits();
    const node = { metadata: { name: "n" }, status: { conditions: [{ type: "Ready", status: "True" }] } };
    const lease = (year: number) => ({ spec: { renewTime: `${year}-01-31T22:15:30.000000Z` } });
    sandbox.web.api({
      "/api/v1/nodes/n": node,
      "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n": [lease(2000), lease(2100)],
    });
    await make(sandbox, change);
    expect(sandbox.commands("systemctl")).toEqual(
      expect.arrayContaining(["systemctl stop kubelet", "systemctl start kubelet"]),
    );
    expect(sandbox.calls("curl").filter((call) => call.at(-1)?.endsWith("leases/n"))).toHaveLength(2);
    // If interrupted between stop and start, the node would be left without a kubelet.
    expect(sandbox.commands("systemd-run")[0]).toContain("--unit=k8s-ha-kubelet-restart.service");
  });

  it("ignores messages of systemctl", async () => {
    using sandbox = new Sandbox();
    sandbox.runsUnits();
    sandbox.answer(
      "systemctl",
      "echo 'Warning: The unit file, source configuration file or drop-ins changed.' >&2",
    );
    sandbox.web.api({
      "/api/v1/nodes/n": { status: { conditions: [{ type: "Ready", status: "True" }] } },
      "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n": {
        spec: { renewTime: "2100-01-31T22:15:30.000000Z" },
      },
    });
    await make(sandbox, change);
  });

  describe("up to 1.34", () => {
    it("waits until each pod that was Ready has been probed again, and remembers them meanwhile", async () => {
      using sandbox = clusterWith(
        [pod("one", "True"), pod("two", "True"), pod("never", "False")],
        // Not probed yet: the new kubelet has not reported anything of pod one.
        [pod("one", "True"), pod("two", "False", 20), pod("never", "False")],
        [pod("one", "True", 21), pod("two", "True", 21), pod("never", "False")],
      );
      sandbox.answer(
        "systemd-run",
        `cp "$SANDBOX${MEMORY}" "$SANDBOX/seen"; while [ "$1" != /bin/sh ]; do shift; done; "$@"; exit 0`,
      );
      const notes = await notesOf(sandbox, older);
      expect(lists(sandbox)).toBe(3);
      expect(notes).toContain(
        "waiting for the readiness probes of the pods on n: app/one, app/two; for at most 68 s",
      );
      expect(sandbox.read("/seen")).toContain('"node":"n","pods":[{"uid":"one"');
      expect(() => sandbox.read(MEMORY)).toThrow("ENOENT");
    });

    it("does not wait longer than the first probe takes for a pod that stayed Ready all the time", async () => {
      using sandbox = clusterWith([pod("one", "True")]);
      await make(sandbox, older);
      expect(lists(sandbox)).toBeGreaterThan(5);
    }, 20_000);
  });

  it("waits for pods that are not Ready from 1.35 on too, except deleted, completed and static ones", async () => {
    const ended = { ...pod("ended", "False"), status: { phase: "Succeeded" } };
    const mirror = { annotations: { "kubernetes.io/config.mirror": "x" } };
    using sandbox = clusterWith(
      [
        ..."one gone replaced ending ended".split(" ").map((uid) => pod(uid, "True")),
        pod("static", "True", 10, mirror),
      ],
      [
        pod("one", "False"),
        pod("another", "False"),
        pod("ending", "False", 10, { deletionTimestamp: "2026-11-30T10:11:00Z" }),
        ended,
        pod("static", "False", 10, mirror),
      ],
      [pod("one", "True")],
    );
    const notes = await notesOf(sandbox, change);
    expect(notes).toContain("waiting for the readiness probes of the pods on n: app/one; for at most 68 s");
  });

  it("does not wait for pods that stay Ready from 1.35 on", async () => {
    using sandbox = clusterWith([pod("one", "True")]);
    expect(await notesOf(sandbox, change)).toEqual(["waiting for node n to be Ready"]);
    expect(lists(sandbox)).toBe(2);
  });

  it("stops with the names of pods that are not Ready again, and does not wait for them again", async () => {
    using sandbox = clusterWith([], [pod("one", "False")]);
    const former = { uid: "one", name: "app/one", since: "", firstProbeSeconds: 0, limitSeconds: 1 };
    sandbox.file(MEMORY, `${JSON.stringify({ node: "n", pods: [former] })}\n`);
    sandbox.web.api({ [PODS]: { items: [pod("one", "False")] } });
    await expect(make(sandbox, change)).rejects.toThrow(
      "pods on n that were Ready before its kubelet restarted have not been Ready again for 1 s: app/one",
    );
    expect(sandbox.commands("systemctl").filter((line) => line.includes("kubelet"))).toEqual([]);
    await make(sandbox, change);
  });

  it("waits first for the pods that an interrupted run was waiting for", async () => {
    using sandbox = clusterWith([pod("one", "False")], [pod("one", "True")]);
    const former = { uid: "one", name: "app/one", since: "", firstProbeSeconds: 0, limitSeconds: 60 };
    sandbox.file(MEMORY, `${JSON.stringify({ node: "n", pods: [former] })}\nincomplete`);
    const [first] = await notesOf(sandbox, change);
    expect(first).toBe("waiting for the readiness probes of the pods on n: app/one; for at most 60 s");
    expect(() => sandbox.read(MEMORY)).toThrow("ENOENT");
  });

  it("does not wait for pods of a run that was interrupted more than an hour ago", async () => {
    using sandbox = clusterWith([pod("one", "False")]);
    const former = { uid: "one", name: "app/one", since: "", firstProbeSeconds: 0, limitSeconds: 60 };
    sandbox.file(MEMORY, `${JSON.stringify({ node: "n", pods: [former] })}\n`);
    const then = Date.now() / 1000 - 2 * 3600;
    utimesSync(sandbox.path(MEMORY), then, then);
    expect(await notesOf(sandbox, change)).toEqual(["waiting for node n to be Ready"]);
  });
});
