import { describe, expect, it } from "vitest";
import { etcdMembers, parseMembers } from "../../src/machine/etcd.js";
import { Sandbox } from "./sandbox.js";

const LIST = `{"header":{"cluster_id":4477466968462020105,"member_id":13803658152347727308,"raft_term":2},"members":[
{"ID":13803658152347727308,"name":"master1","peerURLs":["https://10.88.0.11:2380"],"clientURLs":["https://10.88.0.11:2379"]},
{"ID":9007199254740993,"peerURLs":["https://10.88.0.12:2380"],"isLearner":true}]}`;

describe("parseMembers", () => {
  it("keeps ids exact that a number would round", () => {
    expect(parseMembers(LIST)).toEqual([
      {
        id: "13803658152347727308",
        name: "master1",
        peerURLs: ["https://10.88.0.11:2380"],
        clientURLs: ["https://10.88.0.11:2379"],
        isLearner: false,
      },
      {
        id: "9007199254740993",
        name: "",
        peerURLs: ["https://10.88.0.12:2380"],
        clientURLs: [],
        isLearner: true,
      },
    ]);
  });
});

describe("etcdMembers", () => {
  /** kubectl on the first master: one node of another name, etcd as above, and this health. */
  const cluster = (sandbox: Sandbox, health: string): void => {
    const nodes = {
      items: [
        {
          metadata: { name: "node-a" },
          status: { addresses: [{ type: "InternalIP", address: "10.88.0.11" }] },
        },
      ],
    };
    sandbox.file("/nodes.json", JSON.stringify(nodes));
    sandbox.file("/list.json", LIST);
    sandbox.answer(
      "kubectl",
      `case "$*" in *api/v1/nodes*) cat "$SANDBOX/nodes.json" ;; *member*list*) cat "$SANDBOX/list.json" ;; *) ${health} ;; esac`,
    );
  };

  it("asks in the pod of the first master's node, and joins members with their health", async () => {
    using sandbox = new Sandbox();
    cluster(sandbox, `echo '[{"endpoint":"https://10.88.0.11:2379","health":true,"took":"9ms"}]'`);
    const found = await etcdMembers(sandbox.fleet().look());
    expect(found.map(({ name, healthy }) => [name, healthy])).toEqual([
      ["master1", true],
      ["", false],
    ]);
    const execs = sandbox.calls("kubectl").filter((call) => call.includes("exec"));
    expect(execs).toHaveLength(2);
    for (const call of execs) {
      expect(call.slice(0, 10)).toEqual([
        "kubectl",
        "--kubeconfig",
        "/etc/kubernetes/admin.conf",
        "--server",
        "https://10.88.0.11:6443",
        "-n",
        "kube-system",
        "exec",
        "etcd-node-a",
        "-c",
      ]);
    }
  });

  it("takes an exit code of `endpoint health` for an answer: a member is sick", async () => {
    using sandbox = new Sandbox();
    cluster(
      sandbox,
      `echo '{"level":"warn"}'; echo '[{"endpoint":"https://10.88.0.11:2379","health":false,"error":"timeout"}]'; exit 1`,
    );
    const found = await etcdMembers(sandbox.fleet().look());
    expect(found.map(({ healthy }) => healthy)).toEqual([false, false]);
  });

  it("fails where etcd cannot be asked at all", async () => {
    using sandbox = new Sandbox();
    cluster(sandbox, "exit 1");
    sandbox.file("/list.json", "");
    await expect(etcdMembers(sandbox.fleet().look())).rejects.toMatchObject({ host: "master1" });
  });
});
