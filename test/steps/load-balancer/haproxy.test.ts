import { describe, expect, it } from "vitest";
import { haproxy } from "../../../src/steps/load-balancer/haproxy.js";
import { haproxyConfig, type HaproxyOptions } from "../../../src/config-files/haproxy.js";
import { Sandbox } from "../../machine/sandbox.js";
import { must, named, NOTHING, planOf, type Editable } from "../recorded.js";

type Facts = Editable<Awaited<ReturnType<typeof haproxy.probe>>>;

const options: HaproxyOptions = {
  vip: "10.88.0.100",
  port: 6443,
  advertisedPort: 6443,
  masters: [
    { name: "master1", address: "10.88.0.11", port: 6443 },
    { name: "master2", address: "10.88.0.12", port: 6443 },
    { name: "master3", address: "10.88.0.13", port: 6443 },
  ],
  stats: { port: 8404 },
  timeouts: { connect: "5s", client: "1h", server: "1h" },
  maxconn: 4000,
};
const content = haproxyConfig(options);

/** What a migration with the present text of the file leads to, whatever text it had when it was recorded. */
const upToDate = ({ hosts }: Facts): void => {
  for (const { file } of hosts) must(file).content = content;
};
const write = (host: string, text: string, before: string | null) => ({
  kind: "file",
  host,
  path: "/etc/haproxy/haproxy.cfg",
  content: text,
  mode: "0644",
  owner: "root:root",
  before,
  validate: ["haproxy", "-c", "-f"],
});
const service = (host: string, because: string) => ({ kind: "service", host, unit: "haproxy", because });

describe("haproxy", () => {
  it("writes its file, has haproxy check it, and starts it; one load balancer after the other", () => {
    const because = "new configuration";
    expect(planOf(haproxy, "fresh")).toEqual({
      changes: [
        write("lb1", content, null),
        service("lb1", because),
        write("lb2", content, null),
        service("lb2", because),
      ],
      problems: [],
    });
    expect(haproxy.rollout).toBe("one-by-one");
  });

  it("plans the same before and after its package is installed, with the file that the package brings", () => {
    const installed = planOf(haproxy, "fresh", ({ hosts }) => {
      for (const host of hosts) {
        host.file = { content: "global\n", mode: "644", owner: "root:root", modified: 2 };
        Object.assign(host.unit, { active: true, enabled: true });
      }
    });
    expect(installed).toEqual(planOf(haproxy, "fresh"));
  });

  it("leaves a haproxy alone that runs with its file", () => {
    expect(planOf(haproxy, "migrated", upToDate)).toEqual(NOTHING);
  });

  it("puts a file right that was edited by hand", () => {
    const edited = content.replace("maxconn 4000", "maxconn 10");
    const { changes } = planOf(haproxy, "migrated", (facts) => {
      upToDate(facts);
      must(named(facts.hosts, "lb2").file).content = edited;
    });
    expect(changes).toEqual([write("lb2", content, edited), service("lb2", "new configuration")]);
  });

  it("does not replace a file that is somebody else's", () => {
    const { changes, problems } = planOf(haproxy, "migrated", (facts) => {
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
        what: "/etc/haproxy/haproxy.cfg is not k8s-ha's, and would be replaced",
        fix: "use another load balancer; or, if lb2 no longer needs that file, move it away",
      },
    ]);
  });

  it("shows no password of the file that it replaces", () => {
    const { changes } = planOf(haproxy, "migrated", (facts) => {
      upToDate(facts);
      must(named(facts.hosts, "lb2").file).content = `${content}    stats auth admin:hunter2\n`;
    });
    expect(changes[0]).toEqual(write("lb2", content, `${content}    stats auth admin:[secret]\n`));
  });

  it.each([
    ["was stopped", { active: false }, "not running"],
    ["would not start at the next boot", { enabled: false }, "not enabled"],
    ["is older than its file", { changedAt: 1 }, "new configuration"],
  ])("mends a service that %s", (_, unit, because) => {
    const { changes } = planOf(haproxy, "migrated", (facts) => {
      upToDate(facts);
      Object.assign(named(facts.hosts, "lb1").unit, unit);
    });
    expect(changes).toEqual([service("lb1", because)]);
  });

  it("starts a haproxy anew that runs without its port: its master process outlives a worker that could not start", () => {
    const { changes } = planOf(haproxy, "migrated", (facts) => {
      upToDate(facts);
      named(facts.hosts, "lb1").listens = false;
    });
    expect(changes).toEqual([{ ...service("lb1", "not listening"), restart: true }]);
  });

  it.each<[string, Record<string, object>, Partial<HaproxyOptions>]>([
    ["serves another endpoint port", { cluster: { endpoint: "10.88.0.100:16443" } }, { port: 16443 }],
    ["has no statistics page", { loadBalancer: { stats: false } }, { stats: false }],
    ["moves the statistics page", { loadBalancer: { stats: { port: 9000 } } }, { stats: { port: 9000 } }],
    ["takes fewer clients", { loadBalancer: { maxconn: 500 } }, { maxconn: 500 }],
  ])("%s", (_, overrides, changed) => {
    const text = haproxyConfig({ ...options, ...changed });
    expect(text).not.toBe(content);
    expect(planOf(haproxy, "migrated", upToDate, overrides).changes).toEqual(
      ["lb1", "lb2"].flatMap((host) => [write(host, text, content), service(host, "new configuration")]),
    );
  });

  it("leaves the apiservers' own port out where each master announces itself", () => {
    const { changes } = planOf(haproxy, "migrated", upToDate, {
      cluster: { endpoint: "10.88.0.100:16443", advertise: "node" },
    });
    const { content: text } = must(changes[0]) as unknown as { content: string };
    expect(text.match(/bind [\d.]+:\d+/g)).toEqual(["bind 10.88.0.100:16443", "bind 127.0.0.1:16443"]);
  });

  it("says what haproxy's log complains of where it does not serve: `haproxy -c` does not see everything", async () => {
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
        "0; haproxy's log says:\n[ALERT] FD limit (512) too low for maxconn=4000",
      ]),
    );
    expect(sandbox.calls("journalctl")[0]).toContain("haproxy");
  });
});
