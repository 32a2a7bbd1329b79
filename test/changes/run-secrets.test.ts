import { describe, expect, it } from "vitest";
import { RunSecrets } from "../../src/changes/run-secrets.js";

describe("RunSecrets", () => {
  it("creates each secret once a run, in the formats of kubeadm and VRRP", () => {
    const secrets = new RunSecrets();
    expect(secrets.certificateKey.reveal()).toMatch(/^[0-9a-f]{64}$/);
    expect(secrets.certificateKey).toBe(secrets.certificateKey);
    expect(secrets.newVrrpPassword.reveal()).toMatch(/^[A-Za-z0-9]{8}$/);
    expect(secrets.newVrrpPassword).toBe(secrets.newVrrpPassword);
    expect(new RunSecrets().certificateKey.reveal()).not.toBe(secrets.certificateKey.reveal());
    expect(JSON.stringify(secrets)).toBe("{}");
  });
});
