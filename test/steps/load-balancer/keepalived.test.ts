import { describe, expect, it } from "vitest";
import { keepalived } from "../../../src/steps/load-balancer/keepalived.js";
import { shownKeepalivedConfig } from "../../../src/changes/keepalived-config.js";
import { checkScript } from "../../../src/config-files/check-script.js";
import { Sandbox } from "../../machine/sandbox.js";
import { must, named, NOTHING, planOf, type Editable } from "../recorded.js";

type Facts = Editable<Awaited<ReturnType<typeof keepalived.probe>>>;

const options = (host: string) => ({
  host,
  vip: "10.88.0.100",
  interface: "eth0",
  virtualRouterId: 51,
  priority: host === "lb1" ? 150 : 140,
  penalty: 20,
});
const scriptText = checkScript({ vip: "10.88.0.100", port: 6443 });
const shown = (host: string): string => shownKeepalivedConfig(options(host));

/** The state after a migration with the current texts, independent of the recorded texts. */
const upToDate = ({ hosts }: Facts): void => {
  for (const host of hosts) {
    host.shown = shown(host.name);
    must(host.script).content = scriptText;
  }
};
const script = (host: string, content: string, before: string | null) => ({
  kind: "file",
  host,
  path: "/etc/keepalived/check-apiserver.sh",
  content,
  mode: "0755",
  owner: "root:root",
  before,
});
const conf = (host: string, before: string | null, rest: object = {}) => ({
  kind: "keepalived-config",
  ...options(host),
  ...rest,
  before,
});
const service = (host: string, because = "new configuration") => ({
  kind: "service",
  host,
  unit: "keepalived",
  because,
});

describe("keepalived", () => {
  it("writes script and configuration on each load balancer, then starts it", () => {
    expect(planOf(keepalived, "fresh")).toEqual({
      changes: ["lb1", "lb2"].flatMap((host) => [
        script(host, scriptText, null),
        conf(host, null),
        service(host),
      ]),
      problems: [],
    });
  });

  it("plans the same before and after its package is installed", () => {
    const installed = planOf(keepalived, "fresh", ({ hosts }) => {
      for (const host of hosts) {
        host.shown = "global_defs {\n}\n";
        Object.assign(host.unit, { active: true, enabled: true });
      }
    });
    expect(installed).toEqual(planOf(keepalived, "fresh"));
  });

  it("changes nothing on load balancers that share a password and run with their files", () => {
    expect(planOf(keepalived, "endpoint", upToDate)).toEqual(NOTHING);
  });

  it("writes every load balancer if their passwords differ", () => {
    const { changes } = planOf(keepalived, "endpoint", (facts) => {
      upToDate(facts);
      named(facts.hosts, "lb2").passwordDigest = "0123456789abcdef";
    });
    expect(changes).toEqual(["lb1", "lb2"].flatMap((host) => [conf(host, shown(host)), service(host)]));
  });

  it("does not replace a configuration not managed by k8s-ha", () => {
    const { changes, problems } = planOf(keepalived, "endpoint", (facts) => {
      upToDate(facts);
      Object.assign(named(facts.hosts, "lb2"), { isForeign: true, shown: "vrrp_instance shop {\n}\n" });
    });
    expect(changes).toEqual([]);
    expect(problems).toEqual([
      {
        severity: "blocker",
        host: "lb2",
        what: "/etc/keepalived/keepalived.conf is not managed by k8s-ha and would be replaced",
        fix: "use another load balancer; or, if lb2 no longer needs that file, move it to another folder; or set loadBalancer.existingConfig: replace (the file is kept as /etc/keepalived/keepalived.conf.k8s-ha-before)",
      },
    ]);
  });

  it("replaces a configuration not managed by k8s-ha if the inventory allows it, with a warning", () => {
    const former = "vrrp_instance shop {\n}\n";
    const { changes, problems } = planOf(
      keepalived,
      "endpoint",
      (facts) => {
        upToDate(facts);
        const lb2 = named(facts.hosts, "lb2");
        Object.assign(lb2, { isForeign: true, shown: former, passwordDigest: "" });
      },
      { loadBalancer: { existingConfig: "replace" } },
    );
    const before =
      "# Not managed by k8s-ha; not shown because it may contain secrets (sha256 6ddd36a03812…).\n";
    expect(changes).toEqual([conf("lb2", before), service("lb2")]);
    expect(problems).toEqual([
      {
        severity: "warning",
        host: "lb2",
        what: "/etc/keepalived/keepalived.conf is not managed by k8s-ha and will be replaced (loadBalancer.existingConfig: replace)",
        fix: "make sure that it is no longer needed; it is kept as /etc/keepalived/keepalived.conf.k8s-ha-before",
      },
    ]);
  });

  it("fixes a configuration that was edited by hand", () => {
    const edited = shown("lb2").replace("    advert_int 1\n", "    advert_int 3\n");
    const { changes } = planOf(keepalived, "endpoint", (facts) => {
      upToDate(facts);
      named(facts.hosts, "lb2").shown = edited;
    });
    expect(changes).toEqual([conf("lb2", edited), service("lb2")]);
  });

  it.each([
    ["was edited", { content: "#!/bin/sh\nexit 0\n" }, "#!/bin/sh\nexit 0\n"],
    ["is not executable", { mode: "644" }, scriptText],
  ])("fixes a check that %s", (_, edit, before) => {
    const { changes } = planOf(keepalived, "endpoint", (facts) => {
      upToDate(facts);
      Object.assign(must(named(facts.hosts, "lb1").script), edit);
    });
    expect(changes).toEqual([script("lb1", scriptText, before), service("lb1")]);
  });

  it.each([
    ["was stopped", { active: false }, "not running"],
    ["would not start at the next boot", { enabled: false }, "not enabled"],
    ["is older than its files", { changedAt: 1 }, "new configuration"],
  ])("fixes a service that %s", (_, unit, because) => {
    const { changes } = planOf(keepalived, "endpoint", (facts) => {
      upToDate(facts);
      Object.assign(named(facts.hosts, "lb2").unit, unit);
    });
    expect(changes).toEqual([service("lb2", because)]);
  });

  it("needs a new configuration for another port or another router id", () => {
    const { changes } = planOf(keepalived, "endpoint", upToDate, {
      cluster: { endpoint: "10.88.0.100:16443" },
      loadBalancer: { virtualRouterId: 77 },
    });
    const text = scriptText.replace(":6443/", ":16443/");
    expect(changes).toEqual(
      ["lb1", "lb2"].flatMap((host) => [
        script(host, text, scriptText),
        conf(host, shown(host), { virtualRouterId: 77 }),
        service(host),
      ]),
    );
  });

  it.each([
    [
      "multicast",
      "allow IP protocol 112 to 224.0.0.18 on each of them (migrate does this where firewalld or ufw is active), and in the network between them; or, if the network blocks multicast, set loadBalancer.vrrp: unicast",
    ],
    [
      "unicast",
      "allow IP protocol 112 from each other on each of them (migrate does this where firewalld or ufw is active), and in the network between them",
    ],
  ])("warns of a VIP on two hosts, and shows the fix with %s", (vrrp, fix) => {
    const { problems } = planOf(
      keepalived,
      "endpoint",
      ({ hosts }) => {
        for (const host of hosts) host.holdsVip = true;
      },
      { loadBalancer: { vrrp } },
    );
    expect(problems).toEqual([
      {
        severity: "warning",
        what: "split brain: lb1 and lb2 hold 10.88.0.100 at the same time because they do not receive each other's VRRP",
        fix,
      },
    ]);
  });

  it.each([
    [
      "on both hosts",
      "1: eth0    inet 10.88.0.100/32 scope global eth0",
      "2; split brain: lb1 and lb2 hold 10.88.0.100 at the same time",
    ],
    ["nowhere", "1: eth0    inet 10.88.0.31/24 scope global eth0", "0"],
  ])("fails verification while the VIP is %s", async (_, shownByIp, actual) => {
    using sandbox = new Sandbox();
    sandbox.answer("ip", `echo '${shownByIp}'`);
    const checks = (await keepalived.verify?.(sandbox.fleet().look())) ?? [];
    const vip = must(checks.find(({ what }) => what === "hosts that hold 10.88.0.100"));
    expect(vip.ok).toBe(false);
    expect(vip.actual.startsWith(actual)).toBe(true);
  });

  it("writes the check script to a path where the SELinux policy allows keepalived to run it", () => {
    const path = "/usr/libexec/keepalived/check-apiserver.sh";
    const { changes } = planOf(keepalived, "fresh", ({ hosts }) => {
      named(hosts, "lb2").checkScript = path;
    });
    expect(changes.slice(3)).toEqual([
      { ...script("lb2", scriptText, null), path },
      conf("lb2", null, { checkScript: path }),
      service("lb2"),
    ]);
    expect(shownKeepalivedConfig({ ...options("lb2"), checkScript: path })).toContain(`script "${path}"\n`);
  });

  it.each([
    ["has the label of such scripts", "system_u:object_r:keepalived_unconfined_script_exec_t:s0", true],
    ["has another label", "unconfined_u:object_r:bin_t:s0", false],
  ])("is verified under SELinux if the check script %s", async (_, context, ok) => {
    using sandbox = new Sandbox();
    sandbox.answer("getenforce", "echo Enforcing");
    sandbox.answer("stat", `[ "$2" != %C ] || echo ${context}`);
    const checks = (await keepalived.verify?.(sandbox.fleet().look())) ?? [];
    const own = checks.filter(({ what }) => what.startsWith("SELinux type of /usr/libexec/keepalived/"));
    expect(own.map((one) => [one.host, one.ok])).toEqual([
      ["lb1", ok],
      ["lb2", ok],
    ]);
  });

  it("reads its check script from the path that the host's SELinux policy allows", async () => {
    using sandbox = new Sandbox();
    const path = async () => (await keepalived.probe(sandbox.fleet().look())).hosts[0]?.checkScript;
    expect(await path()).toBe("/etc/keepalived/check-apiserver.sh");
    sandbox.answer("getenforce", "echo Permissive");
    expect(await path()).toBe("/usr/libexec/keepalived/check-apiserver.sh");
  });

  it("uses unicast to the peers if requested", () => {
    const { changes } = planOf(keepalived, "endpoint", upToDate, { loadBalancer: { vrrp: "unicast" } });
    const unicast = (source: string, peer: string) => ({ unicast: { source, peers: [peer] } });
    expect(changes).toEqual([
      conf("lb1", shown("lb1"), unicast("10.88.0.31", "10.88.0.32")),
      service("lb1"),
      conf("lb2", shown("lb2"), unicast("10.88.0.32", "10.88.0.31")),
      service("lb2"),
    ]);
  });

  it("uses a host's configured priority, and a penalty larger than the difference on each", () => {
    const { changes } = planOf(keepalived, "endpoint", upToDate, {
      loadBalancers: [
        { name: "lb1", address: "10.88.0.31" },
        { name: "lb2", address: "10.88.0.32", priority: 200 },
      ],
    });
    expect(changes).toEqual([
      conf("lb1", shown("lb1"), { penalty: 60 }),
      service("lb1"),
      conf("lb2", shown("lb2"), { priority: 200, penalty: 60 }),
      service("lb2"),
    ]);
  });

  it("is a blocker if a host is not in the VIP's network, and still plans the other", () => {
    const { changes, problems } = planOf(keepalived, "fresh", ({ hosts }) => {
      named(hosts, "lb2").interface = undefined;
    });
    expect(new Set(changes.map(({ host }) => host))).toEqual(new Set(["lb1"]));
    expect(problems).toEqual([
      {
        severity: "blocker",
        host: "lb2",
        what: "the VIP 10.88.0.100 is not in any network of this host",
        fix: "choose a VIP in the load balancers' own network, or set loadBalancers[].interface for lb2",
      },
    ]);
  });
});
