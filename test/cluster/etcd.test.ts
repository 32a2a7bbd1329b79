import { describe, expect, it } from "vitest";
import {
  etcdHealth,
  etcdMembers,
  memberAt,
  membersOn,
  missedPeers,
  parseMembers,
} from "../../src/cluster/etcd.js";
import { Sandbox } from "../machine/sandbox.js";

// As the gateway of etcd 3.4 writes it: ids as strings, empty and false fields omitted.
const LIST =
  '{"header":{"cluster_id":"4477466968462020105","member_id":"13803658152347727308","raft_term":"2"},"members":[' +
  '{"ID":"13803658152347727308","name":"master1","peerURLs":["https://10.88.0.11:2380"],"clientURLs":["https://10.88.0.11:2379"]},' +
  '{"ID":"9007199254740993","peerURLs":["https://10.88.0.12:2380"]},' +
  '{"ID":"9007199254740995","name":"master3","peerURLs":["https://10.88.0.13:2380"],"clientURLs":["https://10.88.0.13:2379"],"isLearner":true}]}';

describe("parseMembers", () => {
  it("keeps large ids exact, and recognizes voters and members that never started", () => {
    expect(parseMembers(`${LIST}\n{"health":"true"}\nhttps://10.88.0.11:2379/health\n`)).toEqual([
      {
        id: "13803658152347727308",
        name: "master1",
        peerURLs: ["https://10.88.0.11:2380"],
        clientURLs: ["https://10.88.0.11:2379"],
        isLearner: false,
        healthy: true,
      },
      {
        id: "9007199254740993",
        name: "",
        peerURLs: ["https://10.88.0.12:2380"],
        clientURLs: [],
        isLearner: false,
        healthy: false,
      },
      {
        id: "9007199254740995",
        name: "master3",
        peerURLs: ["https://10.88.0.13:2380"],
        clientURLs: ["https://10.88.0.13:2379"],
        isLearner: true,
        healthy: false,
      },
    ]);
  });

  it.each<[string, boolean]>([
    ['{"health":"true"}', true],
    ['{"health":"true","reason":""}', true],
    ['{"health": "true"}', true],
    ['{"health":"false"}', false],
    ['{"health":"false","reason":"RAFT NO LEADER"}', false],
    ["", false],
    ["404 page not found", false],
  ])("recognizes %j as a healthy member: %s", (response, healthy) => {
    expect(parseMembers(`${LIST}\n${response}\nhttps://10.88.0.11:2379/health\n`)[0]?.healthy).toBe(healthy);
  });

  it("assigns each member its own health", () => {
    const text = `${LIST}\n{"health":"false"}\nhttps://10.88.0.11:2379/health\n{"health":"true"}\n\nhttps://10.88.0.13:2379/health\n`;
    expect(parseMembers(text).map(({ healthy }) => healthy)).toEqual([false, false, true]);
  });

  it.each([
    ['{"error":"etcdserver: not capable","code":14}', "etcdserver: not capable"],
    ["404 page not found", "404 page not found"],
    ["{}", "{}"],
  ])("does not accept %j as a cluster without members", (answer, message) => {
    expect(() => parseMembers(answer)).toThrow(`etcd does not list its members: ${message}`);
  });
});

describe("etcdMembers", () => {
  const member = (name: string, address: string, healthy?: boolean) => ({
    ID: "1",
    name,
    peerURLs: [`https://${address}:2380`],
    clientURLs: [`https://${address}:2379`],
    ...(healthy !== undefined && { healthy }),
  });

  it("queries the first master's own member, without the API, and each member's health", async () => {
    using sandbox = new Sandbox();
    sandbox.web.etcd([
      member("master1", "10.88.0.11", true),
      { ID: "2", peerURLs: ["https://10.88.0.12:2380"] },
      member("master3", "10.88.0.13", false),
      member("master4", "10.88.0.14"),
    ]);
    const found = await etcdMembers(sandbox.fleet().look());
    expect(found.map(({ name, healthy }) => [name, healthy])).toEqual([
      ["master1", true],
      ["", false],
      ["master3", false],
      ["master4", false],
    ]);
    expect(sandbox.calls("curl").map((call) => call.filter((word) => word.startsWith("https:")))).toEqual([
      ["https://127.0.0.1:2379/v3/cluster/member/list"],
      ["https://10.88.0.11:2379/health", "https://10.88.0.13:2379/health", "https://10.88.0.14:2379/health"],
    ]);
    for (const call of sandbox.calls("curl")) {
      expect(call.join(" ")).toMatch(/ --cacert \S+\/ca\.crt --cert \S+client\.crt --key \S+client\.key /);
    }
    expect(sandbox.calls("kubectl", "crictl")).toEqual([]);
  });

  it("queries the health of members at IPv6 addresses, at all of their URLs", async () => {
    using sandbox = new Sandbox();
    const one = member("master1", "[fd00:88::11]", true);
    sandbox.web.etcd([
      { ...one, clientURLs: [...one.clientURLs, "https://[fd00:99::11]:2379"] },
      member("master2", "[fd00:88::12]", true),
    ]);
    const found = await etcdMembers(sandbox.fleet().look());
    expect(found.map(({ name, healthy }) => [name, healthy])).toEqual([
      ["master1", true],
      ["master2", true],
    ]);
    expect(sandbox.calls("curl")[1]?.filter((word) => word.startsWith("https:"))).toEqual([
      "https://[fd00:88::11]:2379/health",
      "https://[fd00:99::11]:2379/health",
      "https://[fd00:88::12]:2379/health",
    ]);
  });

  describe("with an apiserver that uses external etcd", () => {
    const MANIFEST = `spec:
  containers:
  - command:
    - kube-apiserver
    - --etcd-cafile=/etc/etcd/ca.pem
    - "--etcd-certfile=/etc/etcd/client.pem"
    - --etcd-keyfile=/etc/etcd/client-key.pem
    - --etcd-servers-overrides=/events#https://10.88.0.49:2379
    - --etcd-servers=https://10.88.0.41:2379,https://10.88.0.42:2379
`;
    const external = (): Sandbox => {
      const sandbox = new Sandbox();
      sandbox.file("/etc/kubernetes/manifests/kube-apiserver.yaml", MANIFEST);
      sandbox.web.serve("https://10.88.0.42:2379/v3/cluster/member/list", {
        members: [member("a", "10.88.0.42")],
      });
      sandbox.web.serve("https://10.88.0.42:2379/health", { health: "true" });
      return sandbox;
    };

    it("queries that etcd, or its next server if one is unavailable, with the apiserver's certificate", async () => {
      using sandbox = external();
      const found = await etcdMembers(sandbox.fleet().look());
      expect(found.map(({ name, healthy }) => [name, healthy])).toEqual([["a", true]]);
      expect(sandbox.commands("curl").map((call) => call.replace(/.* (https:)/, "$1"))).toEqual([
        "https://10.88.0.41:2379/v3/cluster/member/list",
        "https://10.88.0.42:2379/v3/cluster/member/list",
        "https://10.88.0.42:2379/health",
      ]);
      const files = " --cacert /etc/etcd/ca.pem --cert /etc/etcd/client.pem --key /etc/etcd/client-key.pem ";
      for (const call of sandbox.commands("curl")) expect(call).toContain(files);
    });

    it("reports the health of each server", async () => {
      using sandbox = external();
      expect(await sandbox.host().ask(etcdHealth)).toBe(
        "https://10.88.0.41:2379: curl: (7) Failed to connect to 10.88.0.41 port 2379: Connection refused\n" +
          'https://10.88.0.42:2379: {"health":"true"}',
      );
    });
  });

  it("reports that etcd is not running", async () => {
    using sandbox = new Sandbox();
    await expect(etcdMembers(sandbox.fleet().look())).rejects.toMatchObject({
      host: "master1",
      command: "curl ETCD/v3/cluster/member/list",
      stderr: "curl: (7) Failed to connect to 127.0.0.1 port 2379: Connection refused\n",
    });
  });

  it.each([1, 92])("reports a port that serves only gRPC, for curl's exit code %i", async (code) => {
    using sandbox = new Sandbox();
    sandbox.answer("curl", `echo "curl: (${code}) of HTTP" >&2; exit ${code}`);
    await expect(etcdMembers(sandbox.fleet().look())).rejects.toMatchObject({
      stderr: expect.stringMatching(
        /^curl: .*\netcd serves only gRPC at https:\/\/127.0.0.1:2379: /,
      ) as unknown,
    });
  });

  it("fails if etcd does not respond", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("curl", "");
    await expect(etcdMembers(sandbox.fleet().look())).rejects.toMatchObject({
      host: "master1",
      message: expect.stringMatching(/^etcd does not list its members/) as unknown,
    });
  });
});

describe("missedPeers", () => {
  const log = "dial tcp 10.88.0.12:2380: connect: connection refused";

  it("are empty for a member with quorum, independent of its log", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("crictl", `case "$*" in *" ps "*) echo 4f2a ;; *) echo '${log}' ;; esac`);
    sandbox.answer("curl", `echo '{"health":"true"}'`);
    expect(await sandbox.fleet().look().firstMaster.ask(missedPeers)).toEqual([]);
    sandbox.answer("curl", `echo '{"health":"false"}'`);
    expect(await sandbox.fleet().look().firstMaster.ask(missedPeers)).toEqual(["10.88.0.12"]);
  });

  it("are found by IPv6 addresses, for an etcd that listens on ::1", async () => {
    using sandbox = new Sandbox();
    const six = "dial tcp [fd00:88::12]:2380: connect: no route to host";
    sandbox.answer("crictl", `case "$*" in *" ps "*) echo 4f2a ;; *) echo '${six}' ;; esac`);
    sandbox.answer("curl", `case "$*" in *'[::1]'*) echo '{"health":"true"}' ;; *) exit 7 ;; esac`);
    expect(await sandbox.fleet().look().firstMaster.ask(missedPeers)).toEqual([]);
    sandbox.answer("curl", "exit 7");
    expect(await sandbox.fleet().look().firstMaster.ask(missedPeers)).toEqual(["fd00:88::12"]);
  });

  it("are empty if etcd does not run", async () => {
    using sandbox = new Sandbox();
    expect(await sandbox.fleet().look().firstMaster.ask(missedPeers)).toEqual([]);
  });
});

describe("membersOn", () => {
  it("finds the members of a machine by any of their URLs and any of its addresses", () => {
    const members = parseMembers(LIST);
    const ids = (...addresses: string[]) => membersOn(members, addresses).map(({ id }) => id);
    expect(ids("10.0.0.1", "10.88.0.12")).toEqual(["9007199254740993"]);
    expect(ids("10.88.0.1", "127.0.0.1")).toEqual([]);
    const six = parseMembers(LIST.replaceAll(/10\.88\.0\.(\d+)/g, "[fd00:88::$1]"));
    expect(membersOn(six, ["fd00:88::12"]).map(({ id }) => id)).toEqual(["9007199254740993"]);
    expect(memberAt(six, "fd00:88::13")?.name).toBe("master3");
  });
});
