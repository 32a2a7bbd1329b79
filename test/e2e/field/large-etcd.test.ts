import { beforeAll, describe, expect, it } from "vitest";
import { linkName } from "../../lab/network.js";
import { useScenario } from "../beginning.js";
import { expectHighlyAvailable, expectMigration, expectNothingToDo, on } from "../cluster.js";

/** 720 values of 700 kB are some 500 MB; etcd's quota is 2 GiB. */
const VALUES = 720;
const MASTER_2 = "10.88.0.12";
/** At this speed the database takes some 200 s, which is more than kubeadm's own limit of 120 s. */
const RATE = "20mbit";

const PKI = "/etc/kubernetes/pki/etcd";
const PUT = `curl -sSf -o /dev/null --cacert ${PKI}/ca.crt --cert ${PKI}/healthcheck-client.crt --key ${PKI}/healthcheck-client.key -d @- https://127.0.0.1:2379/v3/kv/put`;
/** Below a key that the apiserver does not read. */
const FILL = `set -e; i=0; while [ $i -lt ${VALUES} ]; do i=$((i + 1)); { printf '{"key":"%s","value":"' "$(printf /large/$i | base64 -w 0)"; head -c 700000 /dev/urandom | base64 -w 0; printf '"}'; } | ${PUT}; done`;

/** Run it on the newest version; before 1.31 the plan warns, and a join may fail. */
describe("a migration with an etcd database of 500 MB and a slow link to the second master", () => {
  const { lab, start } = useScenario("default");

  beforeAll(async () => {
    const { exitCode, stderr } = await lab.ssh("root@master1", FILL, { timeoutSeconds: 900 });
    expect(`${exitCode} ${stderr}`).toBe("0 ");
    const size = await on(lab, "master1", "stat -c %s /var/lib/etcd/member/snap/db");
    expect(Number(size)).toBeGreaterThan(VALUES * 700_000);
    // The operator's end of the cable: what master2 receives.
    const limit = ["root", "tbf", "rate", RATE, "burst", "64kb", "latency", "100ms"];
    const shaped = await lab.exec(["tc", "qdisc", "add", "dev", linkName(MASTER_2), ...limit]);
    expect(`${shaped.exitCode} ${shaped.stderr}`).toBe("0 ");
  }, 3_600_000);

  it("succeeds, or its plan warns that kubeadm's limit would be reached", async () => {
    const { stdout } = await start().program.run("plan");
    const warning =
      /the new etcd member must receive a database of \d+ MiB|and received the database \(\d+ MiB/;
    if (warning.test(stdout)) {
      console.log(warning.exec(stdout)?.[0]);
      return;
    }
    await expectMigration(start().program);
    await lab.exec(["tc", "qdisc", "del", "dev", linkName(MASTER_2), "root"]);
    await expectHighlyAvailable(lab, "10.88.0.100");
    await expectNothingToDo(start().program);
  }, 3_600_000);
});
