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
  /** The runtime on the first master: etcd's container, the list above, and this health. */
  const cluster = (sandbox: Sandbox, health: string): void => {
    sandbox.file("/list.json", LIST);
    sandbox.answer(
      "crictl",
      `case "$*" in *' ps '*) echo 4f2a ;; *member*list*) cat "$SANDBOX/list.json" ;; *) ${health} ;; esac`,
    );
  };

  it("asks etcd's own container, without the API, and joins members with their health", async () => {
    using sandbox = new Sandbox();
    cluster(sandbox, `echo '[{"endpoint":"https://10.88.0.11:2379","health":true,"took":"9ms"}]'`);
    const found = await etcdMembers(sandbox.fleet().look());
    expect(found.map(({ name, healthy }) => [name, healthy])).toEqual([
      ["master1", true],
      ["", false],
    ]);
    const execs = sandbox.calls("crictl").filter((call) => call.includes("exec"));
    expect(execs.map((call) => call.slice(3, 6))).toEqual([
      ["exec", "4f2a", "etcdctl"],
      ["exec", "4f2a", "etcdctl"],
    ]);
    expect(sandbox.calls("kubectl")).toEqual([]);
  });

  it("says so where etcd does not run", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("crictl", "");
    await expect(etcdMembers(sandbox.fleet().look())).rejects.toThrow("etcd does not run");
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
