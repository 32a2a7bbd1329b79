import { describe, expect, it } from "vitest";
import { Failure } from "../../../../src/failure.js";
import { workerNetwork } from "../../../../src/steps/preflight/checks/worker-network.js";
import type { Connection } from "../../../../src/transport/transport.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { labInventory } from "../../inventory.js";
import { looking, servesFreshCluster, without } from "../looking.js";

/** Makes port probes run this shell code; every other use of the program is the real one. */
function probesEnd(sandbox: Sandbox, shell: string): void {
  sandbox.answer("timeout", `case "$*" in */dev/tcp/*) ${shell} ;; *) shift; exec "$@" ;; esac`);
}

/** The probe's result on a clean machine that is to join as a worker. */
async function look(
  prepare: (worker: Sandbox, first: Sandbox) => void = () => undefined,
  connect: (worker: Sandbox, first: Sandbox) => Record<string, Connection> = (worker) => ({
    worker1: worker,
  }),
) {
  using first = new Sandbox();
  using worker = new Sandbox();
  servesFreshCluster(first);
  probesEnd(first, "echo 'Connection refused'; exit 1");
  probesEnd(worker, 'case "$*" in *10.88.0.11/6443*) exit 0 ;; esac; exit 124');
  prepare(worker, first);
  const facts = await workerNetwork.probe(looking(first, connect(worker, first)));
  return { facts, problems: workerNetwork.problems(facts, labInventory()) };
}

const IN_USE = `echo 'LISTEN 0 5 0.0.0.0:10250 0.0.0.0:* users:(("socat",pid=1,fd=5))'`;
const GOOD = { occupant: "", toEndpoint: "silent", toFirstMaster: "open", fromFirstMaster: "refused" };

describe("check worker-network", () => {
  it("accepts a machine that can join before the endpoint exists", async () => {
    const { facts, problems } = await look();
    expect(facts).toEqual({ found: new Map([["worker1", GOOD]]), failures: [] });
    expect(problems).toEqual([]);
  });

  it("accepts a machine that reaches only the endpoint", () => {
    const found = { ...GOOD, toEndpoint: "open", toFirstMaster: "silent", fromFirstMaster: "open" } as const;
    const facts = { found: new Map([["worker1", found]]), failures: [] };
    expect(workerNetwork.problems(facts, labInventory())).toEqual([]);
  });

  it("reports a kubelet port in use, no connection to an apiserver, and none from the first master", async () => {
    const { problems } = await look((worker, first) => {
      worker.answer("ss", IN_USE);
      for (const sandbox of [worker, first]) probesEnd(sandbox, "exit 124");
    });
    expect(problems).toEqual([
      {
        severity: "blocker",
        host: "worker1",
        what: "port 10250 is in use by socat",
        fix: "stop socat on worker1",
      },
      {
        severity: "blocker",
        host: "worker1",
        what: "neither 10.88.0.100:6443 nor port 6443 of master1 answers",
        fix: "allow worker1 to reach at least one of them (check the firewalls on them and in the network between them)",
      },
      {
        severity: "blocker",
        host: "master1",
        what: "port 10250 of worker1 does not answer",
        fix: "allow master1 to reach worker1:10250, which kubectl logs and exec need",
      },
    ]);
  });

  it("accepts a kubelet that an incomplete join left running: it is cleared first", async () => {
    const { facts } = await look((worker, first) => {
      for (const sandbox of [worker, first]) sandbox.file("/etc/kubernetes/pki/ca.crt", "this cluster's");
      worker.answer("ss", IN_USE);
    });
    expect(facts.found.get("worker1")).toEqual(GOOD);
  });

  it("does not query a machine that cannot join, which check worker-state reports", async () => {
    const { facts } = await look((worker) => {
      worker.file("/etc/kubernetes/pki/ca.crt", "another cluster's");
    });
    expect(facts.found.size).toBe(0);
  });

  it("skips a machine that lacks the tools that every machine needs", async () => {
    const { facts } = await look(undefined, (worker) => ({ worker1: without("ss", worker) }));
    expect(facts).toEqual({ found: new Map(), failures: [] });
  });

  it("reports a failure on the machine", async () => {
    const { facts, problems } = await look((worker) => {
      worker.answer("ss", "echo 'ss: broken' >&2; exit 1");
    });
    expect(facts.found.size).toBe(0);
    expect(problems).toMatchObject([
      { severity: "blocker", host: "worker1", what: expect.stringContaining("ss: broken") as string },
    ]);
  });

  it("reports a failure on the first master, unless that lacks tools", async () => {
    /** The first master cannot probe a kubelet's port. */
    const broken = (sandbox: Connection): Connection => ({
      target: sandbox.target,
      close: () => sandbox.close(),
      run: (command) =>
        command.script.text.includes("10.88.0.21/10250")
          ? Promise.reject(new Failure("the connection broke", { host: "master1" }))
          : sandbox.run(command),
    });
    const whole = await look(undefined, (worker, first) => ({ worker1: worker, master1: broken(first) }));
    expect(whole.problems).toMatchObject([{ host: "master1", what: "the connection broke" }]);
    const bare = await look(undefined, (worker, first) => ({
      worker1: worker,
      master1: broken(without("awk", first)),
    }));
    expect(bare.problems).toEqual([]);
  });
});
