import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { replaceServer, servers } from "../../src/config-files/kubeconfig.js";

const OLD = "https://192.168.1.11:6443";
const NEW = "https://192.168.1.100:6443";

const kubeletConf = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: QUJD
    server: https://192.168.1.11:6443  # server: https://192.168.1.11:6443
  name: default-cluster
- cluster: { server: "https://192.168.1.11:6443" }
  name: ''
- cluster:
    server: https://192.168.1.11:64430
  name: other
kind: Config
users:
- name: server
  user:
    server: https://192.168.1.11:6443
`;

describe("servers", () => {
  it("lists the address of each cluster", () => {
    expect(servers(kubeletConf)).toEqual([
      { cluster: "default-cluster", server: OLD },
      { cluster: "", server: OLD },
      { cluster: "other", server: `${OLD}0` },
    ]);
  });

  it("is empty for a file without clusters", () => {
    expect(servers("apiVersion: v1\nkind: Config\n")).toEqual([]);
  });

  it("rejects invalid YAML, and does not show it", () => {
    const broken = "client-key-data: [KEY\n";
    expect(() => servers(broken)).toThrow(/not valid YAML/);
    expect(() => servers(broken)).not.toThrow(/KEY/);
  });
});

describe("replaceServer", () => {
  it("changes only the equal server values of clusters, in their own style", () => {
    const lines = kubeletConf.split("\n");
    lines[4] = `    server: ${NEW}  # server: ${OLD}`;
    lines[6] = `- cluster: { server: "${NEW}" }`;
    expect(replaceServer(kubeletConf, OLD, NEW)).toBe(lines.join("\n"));
  });

  it.each([
    [
      "single quotes",
      `clusters: [{cluster: {server: '${OLD}'}}]`,
      `clusters: [{cluster: {server: '${NEW}'}}]`,
    ],
    [
      "JSON",
      JSON.stringify({ clusters: [{ name: "a", cluster: { server: OLD } }] }),
      JSON.stringify({ clusters: [{ name: "a", cluster: { server: NEW } }] }),
    ],
    [
      "CRLF",
      `clusters:\r\n- cluster:\r\n    server: ${OLD}\r\n`,
      `clusters:\r\n- cluster:\r\n    server: ${NEW}\r\n`,
    ],
    [
      "a block scalar",
      `clusters:\n- cluster:\n    server: >-\n      ${OLD}\n  name: a\n`,
      `clusters:\n- cluster:\n    server: ${NEW}\n  name: a\n`,
    ],
    [
      "an anchor",
      `clusters:\n- cluster:\n    server: &s ${OLD}\n`,
      `clusters:\n- cluster:\n    server: &s ${NEW}\n`,
    ],
  ])("keeps %s", (_what, text, expected) => {
    expect(replaceServer(text, OLD, NEW)).toBe(expected);
  });

  const server = fc.constantFrom(OLD, NEW, `${OLD}0`, "https://[fd00::1]:6443", "https://api.example.org");
  const style = fc.constantFrom("PLAIN" as const, "QUOTE_DOUBLE" as const, "QUOTE_SINGLE" as const);
  const clusters = fc.array(
    fc.record({
      name: fc.string(),
      cluster: fc.record({ "certificate-authority-data": fc.base64String(), server }),
    }),
  );

  it("changes those values and nothing else, and back again", () => {
    fc.assert(
      fc.property(clusters, style, fc.boolean(), (list, defaultStringType, indentSeq) => {
        const config = { apiVersion: "v1", clusters: list, users: [{ name: OLD, user: { server: OLD } }] };
        const text = stringify(config, { defaultStringType, indentSeq, defaultKeyType: "PLAIN" });
        const changed = replaceServer(text, OLD, "https://lb.example:6443");
        const expected = list.map((item) =>
          item.cluster.server === OLD
            ? { ...item, cluster: { ...item.cluster, server: "https://lb.example:6443" } }
            : item,
        );
        expect(parse(changed)).toEqual({ ...config, clusters: expected });
        expect(replaceServer(changed, "https://lb.example:6443", OLD)).toBe(text);
      }),
    );
  });
});
