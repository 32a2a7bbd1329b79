import { describe, expect, it } from "vitest";
import { itemsWith } from "../../src/cluster/api-search.js";
import { Sandbox } from "../machine/sandbox.js";

const MAPS = "/api/v1/configmaps";
const SETS = "/apis/apps/v1/daemonsets";
const list = (kind: string, items: readonly object[]) => ({
  kind: `${kind}List`,
  apiVersion: "v1",
  metadata: {},
  items,
});
const named = (name: string, data: object) => ({ metadata: { name, labels: { a: "b" } }, data });

async function search(lists: Readonly<Record<string, unknown>>): Promise<unknown> {
  using sandbox = new Sandbox();
  sandbox.web.login();
  sandbox.web.api(
    Object.fromEntries(Object.entries(lists).map(([path, body]) => [`${path}?resourceVersion=0`, body])),
  );
  return await sandbox.host().ask(itemsWith(sandbox.host(), [MAPS, SETS], [":6443", "MAGIC"]));
}

describe("a search in the API's lists", () => {
  it("returns the items with one of the words, each with its list's kind", async () => {
    const first = named("first", { text: 'a "quoted"\n    {\n    },\n https://10.88.0.11:6443' });
    const last = named("last", { MAGIC: "" });
    expect(
      await search({
        [MAPS]: list("ConfigMap", [named("none", { port: "6443" }), first, named("other", {})]),
        [SETS]: list("DaemonSet", [last]),
      }),
    ).toEqual([
      { kind: "ConfigMap", item: first },
      { kind: "DaemonSet", item: last },
    ]);
  });

  it("finds nothing in empty lists", async () => {
    expect(await search({ [MAPS]: list("ConfigMap", []), [SETS]: list("DaemonSet", []) })).toEqual([]);
  });

  it("fails if the lists have another format", async () => {
    const compact = JSON.stringify(list("ConfigMap", [named("a", { b: ":6443" })]));
    await expect(search({ [MAPS]: compact, [SETS]: list("DaemonSet", []) })).rejects.toThrow(
      `the apiserver does not indent the lists ${MAPS}, ${SETS} as expected`,
    );
  });

  it("fails if a list is truncated, as by curl's time limit", async () => {
    const whole = JSON.stringify(
      list("ConfigMap", [named("a", { b: ":6443" }), named("c", {})]),
      undefined,
      2,
    );
    const cut = whole.slice(0, whole.indexOf('"c"'));
    await expect(search({ [MAPS]: cut, [SETS]: list("DaemonSet", []) })).rejects.toThrow(
      `the apiserver returns incomplete lists for ${MAPS}, ${SETS}: the response is truncated`,
    );
  });

  it("fails if one list is missing", async () => {
    await expect(search({ [MAPS]: list("ConfigMap", []) })).rejects.toThrow(
      `the apiserver does not list ${MAPS}, ${SETS}: 200 404`,
    );
  });
});
