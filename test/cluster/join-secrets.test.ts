import { describe, expect, it } from "vitest";
import { joinSecrets, parseJoinSecrets } from "../../src/cluster/join-secrets.js";
import { Sandbox } from "../machine/sandbox.js";

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const lines = (...pairs: [string, string][]): string =>
  pairs.map(([key, value]) => `"${key}":"${value}"\n`).join("");

describe("parseJoinSecrets", () => {
  it("returns tokens with their fields", () => {
    const text = lines(
      ["name", "bootstrap-token-aaaaaa"],
      ["description", base64("of an operator")],
      ["expiration", base64("2026-12-01T16:01:03Z")],
      ["name", "bootstrap-token-bbbbbb"],
      ["http_code", "200"],
    );
    expect(parseJoinSecrets(text)).toEqual([
      {
        name: "bootstrap-token-aaaaaa",
        description: "of an operator",
        expires: "2026-12-01T16:01:03Z",
      },
      { name: "bootstrap-token-bbbbbb" },
    ]);
  });

  it("returns the uploaded certificates, and not the token that owns them", () => {
    const text = lines(["name", "kubeadm-certs"], ["name", "bootstrap-token-dddddd"]);
    expect(parseJoinSecrets(text)).toEqual([{ name: "kubeadm-certs" }]);
  });

  it("is empty for empty input", () => {
    expect(parseJoinSecrets("")).toEqual([]);
  });

  it("does not take an API that denies access for one without tokens", () => {
    expect(() => parseJoinSecrets(lines(["http_code", "403"]))).toThrow("HTTP status 403");
  });
});

describe("joinSecrets", () => {
  it("reads both lists", async () => {
    using sandbox = new Sandbox();
    const secrets = "/api/v1/namespaces/kube-system/secrets?fieldSelector=";
    const metadata = { name: "bootstrap-token-aaaaaa" };
    sandbox.web.api({
      [`${secrets}type%3Dbootstrap.kubernetes.io/token`]: {
        items: [
          { metadata, data: { expiration: base64("2026-12-01T16:01:03Z"), "token-secret": "c2VjcmV0" } },
        ],
      },
      [`${secrets}metadata.name%3Dkubeadm-certs`]: {
        items: [{ metadata: { name: "kubeadm-certs", ownerReferences: [{ name: metadata.name }] } }],
      },
    });
    expect(await joinSecrets(sandbox.host())).toEqual([
      {
        name: "bootstrap-token-aaaaaa",
        expires: "2026-12-01T16:01:03Z",
      },
      { name: "kubeadm-certs" },
    ]);
  });
});
