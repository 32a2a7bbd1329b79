import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { useScenario } from "../beginning.js";
import {
  expectHighlyAvailable,
  expectMigration,
  expectNothingToDo,
  expectToServe,
  on,
  onBalancers,
} from "../cluster.js";
import { itFindsNothingToChange, itRollsBack, itServesWithoutFirstMaster } from "../ending.js";
import { stateOf } from "../state.js";

const VIP = "10.88.0.100";
const STAND_IN = readFileSync(join(import.meta.dirname, "../../lab/selinux-stand-in.sh"), "utf8");

/** None of the lab's kernels has SELinux; STAND_IN replaces it. */
describe("a migration with load balancers on which SELinux is enforcing", () => {
  const { lab, start } = useScenario("default", { "cluster.certificateReload": "restart" });
  const booleans = () =>
    onBalancers(lab, "getsebool haproxy_connect_any; cat /var/lib/selinux/targeted/active/*");

  beforeAll(async () => {
    await onBalancers(lab, STAND_IN);
    start().state = await stateOf(lab);
  });

  it("lets haproxy connect to its port, and keepalived run its check", async () => {
    await expectMigration(start().program);
    await expectHighlyAvailable(lab, VIP);
    expect(new Set(await booleans())).toEqual(new Set(["haproxy_connect_any --> on\nhaproxy_connect_any=1"]));
    const script = "sed -n 's/^ *script //p' /etc/keepalived/keepalived.conf";
    expect(new Set(await onBalancers(lab, script))).toEqual(
      new Set(['"/usr/libexec/keepalived/check-apiserver.sh"']),
    );
  });

  itFindsNothingToChange(start);

  it("detects that an operator unset the boolean, and sets it again", async () => {
    await on(lab, "lb2", "setsebool -P haproxy_connect_any=off");
    const verified = await start().program.run("verify");
    expect(verified.exitCode).not.toBe(0);
    expect(verified.stdout).toMatch(/✗ lb2 +haproxy_connect_any: off/);
    await expectMigration(start().program);
    await expectNothingToDo(start().program);
  });

  it("moves the VIP when haproxy stops", async () => {
    await on(lab, "lb1", "systemctl stop haproxy; sleep 15");
    expect(await on(lab, "lb2", `ip -4 -o addr show to ${VIP}/32`)).not.toBe("");
    await expectToServe(lab, `${VIP}:6443`);
    await on(lab, "lb1", "systemctl start haproxy");
  });

  itServesWithoutFirstMaster(lab, `${VIP}:6443`);
  itRollsBack(lab, start);

  it("has its booleans off as before the migration", async () => {
    expect(new Set(await booleans())).toEqual(
      new Set(["haproxy_connect_any --> off\nhaproxy_connect_any=0"]),
    );
  });
});
