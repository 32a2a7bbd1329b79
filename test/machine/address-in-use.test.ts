import { expect, it } from "vitest";
import { inUse } from "../../src/machine/address-in-use.js";
import { neighbors, namesOf } from "../../src/machine/network.js";
import { Sandbox } from "./sandbox.js";

it("asks several addresses at once, and returns those that answer", async () => {
  using sandbox = new Sandbox();
  sandbox.answer("ping", "for last; do :; done; case $last in *.1 | *.3) exit 0 ;; esac; exit 1");
  sandbox.answer("timeout", "exit 1");
  const answering = await sandbox
    .fleet()
    .look()
    .firstMaster.ask(inUse(["10.0.0.1", "10.0.0.2", "10.0.0.3"]));
  expect(answering.toSorted()).toEqual(["10.0.0.1", "10.0.0.3"]);
  expect(sandbox.scripts).toHaveLength(1);
});

it("knows routers, and neighbors that have answered", async () => {
  using sandbox = new Sandbox();
  sandbox.answer(
    "ip",
    `case "$*" in
'-o route show default') echo 'default via 10.0.0.1 dev eth0'; echo 'default dev ppp0 scope link' ;;
'-6 -o route show default') echo 'default via fe80::1 dev eth0 proto ra' ;;
'-o neigh show') printf '%s\\n' '10.0.0.7 dev eth0 lladdr 02:00:00:00:00:01 STALE' '10.0.0.8 dev eth0 FAILED' ;;
esac`,
  );
  expect(await sandbox.fleet().look().firstMaster.ask(neighbors)).toEqual([
    "10.0.0.1",
    "fe80::1",
    "10.0.0.7",
  ]);
});

it("reads the names of an address", async () => {
  using sandbox = new Sandbox();
  sandbox.answer("getent", "[ $2 = 10.0.0.2 ] && echo '10.0.0.2        m2.example.org m2'");
  const look = sandbox.fleet().look().firstMaster;
  expect(await look.ask(namesOf("10.0.0.2"))).toEqual(["m2.example.org", "m2"]);
  expect(await look.ask(namesOf("10.0.0.3"))).toEqual([]);
});
