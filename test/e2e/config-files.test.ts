import { beforeAll, describe, expect, it } from "vitest";
import { CHECK_SCRIPT_PATH, keepalivedConfig } from "../../src/config-files/keepalived.js";
import { haproxyConfig } from "../../src/config-files/haproxy.js";
import { Secret } from "../../src/shell/secret.js";
import { haproxyOptions } from "../config-files/haproxy-options.js";
import { Lab } from "../lab/lab.js";
import { on } from "./cluster.js";

/** haproxy and keepalived themselves check the files that are written for them. */
describe("on a load balancer", () => {
  const lab = new Lab();

  beforeAll(async () => {
    await lab.up({ scenario: "default" });
    await lab.powerOn("lb1");
    await on(
      lab,
      "lb1",
      "DEBIAN_FRONTEND=noninteractive apt-get -q -y install haproxy keepalived >/dev/null 2>&1",
    );
  });

  /** The output of a program that checks a file, and its exit code. */
  async function verdict(text: string, command: string): Promise<string> {
    const { stdout } = await lab.ssh(
      "root@lb1",
      `cat >/tmp/under-test && { ${command} /tmp/under-test 2>&1; echo "exit code $?"; }`,
      { input: text },
    );
    return stdout;
  }

  it.each([
    ["with statistics", haproxyOptions],
    ["without", { ...haproxyOptions, stats: false as const }],
    ["with a password", { ...haproxyOptions, stats: { port: 8404, user: "admin" } }],
    ["with a monitor", { ...haproxyOptions, monitor: { port: 8404, uri: "/healthz" } }],
    ["with a monitor on a separate port", { ...haproxyOptions, monitor: { port: 8405, uri: "/healthz" } }],
    [
      "with other timeouts",
      {
        ...haproxyOptions,
        servers: { ...haproxyOptions.servers, inter: "10s", slowstart: "1m", maxconn: 250 },
      },
    ],
    ["on two ports", { ...haproxyOptions, port: 8443, advertisedPort: 6443 }],
  ])("haproxy accepts its file %s, without a warning", async (_what, options) => {
    const output = await verdict(
      haproxyConfig(options, new Secret(`it's #1 "$x"`)).secretText().reveal(),
      "haproxy -c -f",
    );
    expect(output).toContain("exit code 0");
    expect(output).not.toMatch(/WARNING|ALERT/);
  });

  it.each([
    ["with multicast", {}],
    ["with unicast", { unicast: { source: "10.88.0.31", peers: ["10.88.0.32", "10.88.0.33"] } }],
  ])("keepalived accepts its file %s without output", async (_what, vrrp) => {
    const text = keepalivedConfig({
      vip: "10.88.0.100",
      interface: "eth0",
      virtualRouterId: 51,
      priority: 150,
      penalty: 20,
      password: new Secret("aB3dE6gH"),
      ...vrrp,
    });
    // keepalived checks that the script exists.
    await on(lab, "lb1", `printf '#!/bin/sh\n' >${CHECK_SCRIPT_PATH}; chmod 755 ${CHECK_SCRIPT_PATH}`);
    expect(await verdict(text.secretText().reveal(), "keepalived -t -f")).toBe("exit code 0");
  });
});
