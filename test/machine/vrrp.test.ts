import { describe, expect, it } from "vitest";
import { heardRouters } from "../../src/machine/vrrp.js";
import { Sandbox } from "./sandbox.js";

describe("heardRouters", () => {
  it.each([
    ["10.88.0.100", "-4", "IP4-RECV:112,ip-add-membership=224.0.0.18:eth0,ip-add-membership=224.0.0.18:eth1"],
    ["fd00:88::100", "-6", "IP6-RECV:112,ipv6-join-group=[ff02::12]:eth0,ipv6-join-group=[ff02::12]:eth1"],
  ])(
    "listens for %s in its family's group, on each interface with a default route",
    async (vip, family, words) => {
      using sandbox = new Sandbox();
      sandbox.answer("ip", "printf 'default via gateway dev %s proto static\\n' eth1 eth0 eth0");
      sandbox.answer("socat", "printf 'from AF=2 10.88.0.7:0\\n> x length=1\\n 21 33\\n'");
      const host = sandbox.fleet().look().firstMaster;
      expect(await heardRouters([host], vip)).toEqual([{ source: "10.88.0.7", id: 51 }]);
      expect(sandbox.commands("socat")).toEqual([`socat -d -d -x -u ${words} /dev/null`]);
      expect(sandbox.commands("ip")).toEqual([`ip ${family} -o route show default`]);
    },
  );
});
