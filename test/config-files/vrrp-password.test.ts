import { describe, expect, it } from "vitest";
import { keepalivedConfig } from "../../src/config-files/keepalived.js";
import { generateVrrpPassword, parseVrrpPassword } from "../../src/config-files/vrrp-password.js";
import { Secret } from "../../src/shell/secret.js";

const written = keepalivedConfig({
  vip: "192.168.1.100",
  interface: "eth0",
  virtualRouterId: 51,
  penalty: 20,
  priority: 150,
  password: new Secret("aB3dE6gH"),
})
  .secretText()
  .reveal();

describe("the VRRP password", () => {
  it("has exactly the 8 significant characters", () => {
    expect(generateVrrpPassword().reveal()).toMatch(/^[A-Za-z0-9]{8}$/);
  });

  it("is read from a managed file", () => {
    expect(parseVrrpPassword(written, 51)?.reveal()).toBe("aB3dE6gH");
    expect(parseVrrpPassword(written, 52)).toBeUndefined();
    expect(parseVrrpPassword("", 51)).toBeUndefined();
  });

  it("is that of the right router among several, without comments", () => {
    const conf = `! old
vrrp_instance A {
  virtual_router_id 7
  authentication {
    auth_type PASS
    auth_pass first
  }
}
vrrp_instance B {
  virtual_router_id 51 # ours
  # auth_pass wrong
  authentication { 
    auth_pass "second" ! quoted
  }
}
`;
    expect(parseVrrpPassword(conf, 51)?.reveal()).toBe("second");
    expect(parseVrrpPassword(conf, 7)?.reveal()).toBe("first");
  });
});
