import { describe, expect, it } from "vitest";
import { keepalivedConfig } from "../../src/config-files/keepalived.js";
import { Secret } from "../../src/shell/secret.js";

const options = {
  vip: "192.168.1.100",
  interface: "eth0",
  virtualRouterId: 51,
  priority: 150,
  penalty: 20,
  password: new Secret("aB3dE6gH"),
};
const written = keepalivedConfig(options).secretText().reveal();

describe("keepalived.conf", () => {
  it("is shown without the password and written with it", () => {
    expect(keepalivedConfig(options).shown()).toContain("auth_pass [secret]\n");
    expect(keepalivedConfig(options).shown()).not.toContain("aB3dE6gH");
    expect(written).toContain("auth_pass aB3dE6gH\n");
  });

  it("fails over by weight, so that the VIP stays if the check fails everywhere", () => {
    for (const line of ["state BACKUP", "weight -20", "192.168.1.100/32 dev eth0", "priority 150"]) {
      expect(written).toContain(`    ${line}\n`);
    }
    expect(written).not.toMatch(/nopreempt|vrrp_strict/);
  });

  it("has no password with an IPv6 VIP: VRRP version 3 has none", () => {
    const six = keepalivedConfig({ ...options, vip: "fd00:88::100" })
      .secretText()
      .reveal();
    expect(six).toContain("        fd00:88::100/128 dev eth0\n");
    expect(six).not.toContain("auth");
    expect(six.replace("fd00:88::100/128", "192.168.1.100/32")).toBe(
      written.replace(/ {4}authentication \{[^}]*\}\n/, ""),
    );
  });

  it("uses the multicast group, or unicast from its own address to each peer", () => {
    expect(written).not.toContain("unicast");
    const unicast = { source: "192.168.1.21", peers: ["192.168.1.22", "192.168.1.23"] };
    expect(keepalivedConfig({ ...options, unicast }).shown()).toContain(
      "    unicast_src_ip 192.168.1.21\n    unicast_peer {\n        192.168.1.22\n        192.168.1.23\n    }\n",
    );
  });
});
