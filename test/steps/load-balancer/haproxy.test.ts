import { symlinkSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { haproxy } from "../../../src/steps/load-balancer/haproxy.js";
import { haproxyConfig, type HaproxyOptions } from "../../../src/config-files/haproxy.js";
import type { HaproxyConfigChange } from "../../../src/changes/haproxy-config.js";
import { haproxyOptions } from "../../config-files/haproxy-options.js";
import { labInventory } from "../inventory.js";
import { Sandbox } from "../../machine/sandbox.js";
import { must, named, NOTHING, planOf, type Editable } from "../recorded.js";

type Facts = Editable<Awaited<ReturnType<typeof haproxy.probe>>>;

const options: HaproxyOptions = { ...haproxyOptions, advertisedPort: 6443 };
const content = haproxyConfig(options).shown();

/** The state after a migration with the current text of the file, independent of the recorded text. */
const upToDate = ({ hosts }: Facts): void => {
  for (const { file } of hosts) must(file).content = content;
};
const write = (host: string, before: string | null, changed: Partial<HaproxyOptions> = {}) => ({
  kind: "haproxy-config",
  host,
  options: { ...options, ...changed },
  before,
});
const service = (host: string, because: string) => ({ kind: "service", host, unit: "haproxy", because });

describe("haproxy", () => {
  it("writes its file, has haproxy check it, and starts it; one load balancer after the other", () => {
    const because = "new configuration";
    expect(planOf(haproxy, "fresh")).toEqual({
      changes: [write("lb1", null), service("lb1", because), write("lb2", null), service("lb2", because)],
      problems: [],
    });
    expect(haproxy.rollout).toBe("one-by-one");
  });

  it("plans the same before and after its package is installed, with the package's default file", () => {
    const installed = planOf(haproxy, "fresh", ({ hosts }) => {
      for (const host of hosts) {
        host.file = { content: "global\n", mode: "644", owner: "root:root", modified: 2 };
        Object.assign(host.unit, { active: true, enabled: true });
      }
    });
    expect(installed).toEqual(planOf(haproxy, "fresh"));
  });

  it("keeps serving the port that apiservers advertise to pods until they advertise their nodes", async () => {
    const overrides = { cluster: { endpoint: "10.88.0.100:8443", advertise: "node" } } as const;
    using sandbox = new Sandbox(labInventory(overrides));
    const manifest = (address: string) =>
      `spec:\n  containers:\n  - command:\n    - kube-apiserver\n    - --advertise-address=${address}\n`;
    const probed = async (address: string) => {
      sandbox.file("/etc/kubernetes/manifests/kube-apiserver.yaml", manifest(address));
      return (await haproxy.probe(sandbox.fleet().look())).announcing;
    };
    expect(await probed("10.88.0.11")).toBe(undefined);
    const announcing = must(await probed("10.88.0.100"));
    const planned = (names?: readonly string[]) =>
      planOf(haproxy, "endpoint", (facts) => Object.assign(facts, names && { announcing: names }), overrides);
    expect(planned(announcing)).toMatchObject({
      changes: [{ options: { port: 8443, advertisedPort: 6443 } }, {}, {}, {}],
      problems: [{ severity: "warning", what: expect.stringContaining("10.88.0.100:6443") as unknown }],
    });
    const { changes, problems } = planned();
    expect(problems).toEqual([]);
    expect(changes[0]).not.toHaveProperty("options.advertisedPort");
  });

  it("changes nothing if haproxy runs with its file", () => {
    expect(planOf(haproxy, "endpoint", upToDate)).toEqual(NOTHING);
  });

  it("fixes a file that was edited by hand", () => {
    const edited = content.replace("maxconn 4000", "maxconn 10");
    const { changes } = planOf(haproxy, "endpoint", (facts) => {
      upToDate(facts);
      must(named(facts.hosts, "lb2").file).content = edited;
    });
    expect(changes).toEqual([write("lb2", edited), service("lb2", "new configuration")]);
  });

  it("does not replace a file not managed by k8s-ha", () => {
    const { changes, problems } = planOf(haproxy, "endpoint", (facts) => {
      upToDate(facts);
      const lb2 = named(facts.hosts, "lb2");
      lb2.isForeign = true;
      must(lb2.file).content = "frontend shop\n";
    });
    expect(changes).toEqual([]);
    expect(problems).toEqual([
      {
        severity: "blocker",
        host: "lb2",
        what: "/etc/haproxy/haproxy.cfg is not managed by k8s-ha and would be replaced",
        fix: "use another load balancer; or, if lb2 no longer needs that file, move it to another folder; or set loadBalancer.existingConfig: replace (the file is kept as /etc/haproxy/haproxy.cfg.k8s-ha-before)",
      },
    ]);
  });

  it("is blocked if haproxy also reads files not managed by k8s-ha", () => {
    const { problems } = planOf(haproxy, "endpoint", (facts) => {
      upToDate(facts);
      named(facts.hosts, "lb2").further = ["/etc/haproxy/conf.d/shop.cfg"];
    });
    expect(problems).toEqual([
      {
        severity: "blocker",
        host: "lb2",
        what: "haproxy also reads /etc/haproxy/conf.d/shop.cfg, which is not managed by k8s-ha",
        fix: "use another load balancer; or, if lb2 no longer needs that file, move it to another folder",
      },
    ]);
  });

  it("finds the files of the folder in Red Hat's unit, and of no other unit", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/etc/haproxy/conf.d/shop.cfg", "frontend shop\n");
    sandbox.file("/etc/haproxy/conf.d/README", "");
    const further = async () => (await haproxy.probe(sandbox.fleet().look())).hosts[0]?.further;
    expect(await further()).toEqual([]);
    sandbox.answer("systemctl", `[ "$1" != cat ] || echo CFGDIR=${sandbox.path("/etc/haproxy/conf.d")}`);
    expect(await further()).toEqual(["/etc/haproxy/conf.d/shop.cfg"]);
    symlinkSync("/nowhere", sandbox.path("/etc/haproxy/conf.d/a link.cfg"));
    expect(await further()).toEqual(["/etc/haproxy/conf.d/a link.cfg", "/etc/haproxy/conf.d/shop.cfg"]);
  });

  it("replaces a file not managed by k8s-ha if the inventory allows it, with a warning", () => {
    const { changes, problems } = planOf(
      haproxy,
      "endpoint",
      (facts) => {
        upToDate(facts);
        const lb2 = named(facts.hosts, "lb2");
        lb2.isForeign = true;
        must(lb2.file).content = "frontend shop\n";
      },
      { loadBalancer: { existingConfig: "replace" } },
    );
    const before =
      "# Not managed by k8s-ha; not shown because it may contain secrets (sha256 32709d803d41…).\n";
    expect(changes).toEqual([write("lb2", before), service("lb2", "new configuration")]);
    expect(problems).toEqual([
      {
        severity: "warning",
        host: "lb2",
        what: "/etc/haproxy/haproxy.cfg is not managed by k8s-ha and will be replaced (loadBalancer.existingConfig: replace)",
        fix: "make sure that it is no longer needed; it is kept as /etc/haproxy/haproxy.cfg.k8s-ha-before",
      },
    ]);
  });

  it("shows no password of the file that it replaces", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/etc/haproxy/haproxy.cfg", `${content}    stats auth admin:hunter2\n`);
    const facts = await haproxy.probe(sandbox.fleet().look());
    expect(JSON.stringify(facts)).not.toContain("hunter2");
    expect(facts.hosts[0]?.file?.content).toBe(`${content}    stats auth admin:[secret]\n`);
  });

  describe("a statistics page with a password", () => {
    const withUser = { loadBalancer: { stats: { port: 8404, user: "admin" } } };
    const changed = { stats: { port: 8404, user: "admin" } };
    const text = haproxyConfig({ ...options, ...changed }).shown();
    const sharing =
      (...passwords: readonly string[]) =>
      (facts: Facts): void => {
        facts.hosts.forEach((host, i) => {
          must(host.file).content = text;
          host.passwordDigest = passwords[i] ?? "";
        });
      };

    it("is planned on each load balancer, and then unchanged", () => {
      const { changes } = planOf(haproxy, "endpoint", upToDate, withUser);
      expect(changes).toEqual(
        ["lb1", "lb2"].flatMap((host) => [write(host, content, changed), service(host, "new configuration")]),
      );
      expect(planOf(haproxy, "endpoint", sharing("one", "one"), withUser)).toEqual(NOTHING);
    });

    it("gets the first load balancer's password on the others", () => {
      const { changes } = planOf(haproxy, "endpoint", sharing("one", "other"), withUser);
      expect(changes).toEqual([write("lb2", text, changed), service("lb2", "new configuration")]);
    });

    it("gets the password that the operator's file has now", () => {
      const passwordFile = "/operator/stats-password";
      const { changes } = planOf(
        haproxy,
        "endpoint",
        (facts) => {
          sharing("one", "two")(facts);
          facts.wantedDigest = "two";
        },
        { loadBalancer: { stats: { port: 8404, user: "admin", passwordFile } } },
      );
      expect(changes).toEqual([
        { ...write("lb1", text, changed), passwordFile },
        service("lb1", "new configuration"),
      ]);
    });

    it("reports before any change that the operator's file cannot be read", async () => {
      const inventory = labInventory({
        loadBalancer: { stats: { port: 8404, user: "admin", passwordFile: "/nonexistent/password" } },
      });
      using sandbox = new Sandbox(inventory);
      await expect(haproxy.probe(sandbox.fleet().look())).rejects.toThrow(
        "cannot read /nonexistent/password",
      );
    });
  });

  it.each([
    ["was stopped", { active: false }, "not running"],
    ["would not start at the next boot", { enabled: false }, "not enabled"],
    ["is older than its file", { changedAt: 1 }, "new configuration"],
  ])("fixes a service that %s", (_, unit, because) => {
    const { changes } = planOf(haproxy, "endpoint", (facts) => {
      upToDate(facts);
      Object.assign(named(facts.hosts, "lb1").unit, unit);
    });
    expect(changes).toEqual([service("lb1", because)]);
  });

  it("restarts a haproxy that runs without its port: its master process outlives a worker that could not start", () => {
    const { changes } = planOf(haproxy, "endpoint", (facts) => {
      upToDate(facts);
      named(facts.hosts, "lb1").listens = false;
    });
    expect(changes).toEqual([{ ...service("lb1", "not listening"), restart: true }]);
  });

  it.each<[string, Record<string, object>, Partial<HaproxyOptions>]>([
    ["serves another endpoint port", { cluster: { endpoint: "10.88.0.100:16443" } }, { port: 16443 }],
    ["has no statistics page", { loadBalancer: { stats: false } }, { stats: false }],
    ["moves the statistics page", { loadBalancer: { stats: { port: 9000 } } }, { stats: { port: 9000 } }],
    ["has a monitor", { loadBalancer: { monitor: {} } }, { monitor: { port: 8404, uri: "/healthz" } }],
    [
      "checks less often",
      { loadBalancer: { servers: { inter: "10s" } } },
      { servers: { ...options.servers, inter: "10s" } },
    ],
    ["accepts fewer clients", { loadBalancer: { maxconn: 500 } }, { maxconn: 500 }],
  ])("%s", (_, overrides, changed) => {
    expect(haproxyConfig({ ...options, ...changed }).shown()).not.toBe(content);
    expect(planOf(haproxy, "endpoint", upToDate, overrides).changes).toEqual(
      ["lb1", "lb2"].flatMap((host) => [write(host, content, changed), service(host, "new configuration")]),
    );
  });

  it("omits the apiserver port if each master advertises itself", () => {
    const { changes } = planOf(haproxy, "endpoint", upToDate, {
      cluster: { endpoint: "10.88.0.100:16443", advertise: "node" },
    });
    const { options: wanted } = must(changes[0]) as HaproxyConfigChange;
    const text = haproxyConfig(wanted).shown();
    expect(text.match(/bind [\d.]+:\d+/g)).toEqual(["bind 10.88.0.100:16443", "bind 127.0.0.1:16443"]);
  });

  it("verifies that the statistics page requires its password, and that the monitor answers", async () => {
    const inventory = labInventory({ loadBalancer: { stats: { user: "admin" }, monitor: {} } });
    using sandbox = new Sandbox(inventory);
    sandbox.answer("curl", "case $* in */stats) printf 401 ;; *) printf 200 ;; esac");
    const checks = (await haproxy.verify?.(sandbox.fleet().look())) ?? [];
    const pages = checks.filter(({ host, what }) => host === "lb1" && what.startsWith("http://"));
    expect(pages.map(({ what, actual, ok }) => [what, actual, ok])).toEqual([
      ["http://127.0.0.1:8404/stats", "401", true],
      ["http://127.0.0.1:8404/healthz", "200", true],
    ]);
  });

  it("reports haproxy's log if it does not serve: `haproxy -c` does not find every fault", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("curl", "printf 000");
    sandbox.answer("systemctl", "printf 'ActiveState=active\\nUnitFileState=enabled\\n'");
    sandbox.answer(
      "journalctl",
      "echo '[NOTICE] New worker'; echo '[ALERT] FD limit (512) too low for maxconn=4000'",
    );
    const checks = (await haproxy.verify?.(sandbox.fleet().look())) ?? [];
    expect(checks.filter(({ ok }) => !ok).map(({ host, actual }) => [host, actual])).toEqual(
      ["lb1", "lb2"].map((host) => [
        host,
        "0; haproxy's log:\n[ALERT] FD limit (512) too low for maxconn=4000",
      ]),
    );
    expect(sandbox.calls("journalctl")[0]).toContain("haproxy");
  });
});
