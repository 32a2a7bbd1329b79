import { describe, expect, it } from "vitest";
import { frameApi } from "../../src/machine/api-batch.js";
import { apiFault, apiGet, apiGetFrom, apiList } from "../../src/cluster/api.js";
import { sh } from "../../src/shell/shell.js";
import { Sandbox } from "../machine/sandbox.js";
import { status } from "../machine/web.js";

const API = "https://10.88.0.11:6443";

describe("apiGet", () => {
  it("uses the first master's own apiserver as administrator, independent of admin.conf's server", async () => {
    using sandbox = new Sandbox();
    sandbox.web.login();
    sandbox.web.api({ "/api/v1/things/a": { kind: "Thing" } });
    expect(await apiGet(sandbox.fleet().look(), "/api/v1/things/a")).toEqual({ kind: "Thing" });
    const [call = [], ...others] = sandbox.calls();
    expect(others).toEqual([]);
    expect(call.slice(0, 2)).toEqual(["curl", "-q"]);
    expect(call.at(-1)).toBe(`${API}/api/v1/things/a`);
    expect(call.join(" ")).toContain(
      " --cacert /etc/kubernetes/pki/ca.crt --cert /dev/fd/3 --key /dev/fd/0 ",
    );
    expect([sandbox.read("/given-certificate"), sandbox.read("/given-key")]).toEqual([
      "the certificate\n",
      "the key\n",
    ]);
    expect(call.join(" ")).not.toContain("the key");
  });

  it("batches all requests of a turn into one script, without duplicates", async () => {
    using sandbox = new Sandbox();
    sandbox.web.api({ "/a": { is: "a" }, "/b": status(404, "there is no b"), "/c": { items: [1, 2] } });
    const look = sandbox.fleet().look();
    expect(
      await Promise.all([apiGet(look, "/a"), apiGet(look, "/b"), apiList(look, "/c"), apiGet(look, "/a")]),
    ).toEqual([{ is: "a" }, undefined, [1, 2], { is: "a" }]);
    expect(sandbox.scripts).toHaveLength(1);
    expect(sandbox.calls("curl").map((call) => call.at(-1))).toEqual([`${API}/a`, `${API}/b`, `${API}/c`]);
  });

  it("distinguishes a missing object from an API that refuses or does not respond", async () => {
    using sandbox = new Sandbox();
    const fleet = sandbox.fleet();
    sandbox.web.login();
    sandbox.web.api({ "/forbidden": status(403, 'things is forbidden: User "x"') });
    expect(await apiGet(fleet.look(), "/api/v1/things/a")).toBeUndefined();
    expect(await apiList(fleet.look(), "/api/v1/things")).toEqual([]);
    await expect(apiGet(fleet.look(), "/forbidden")).rejects.toMatchObject({
      host: "master1",
      message: `the apiserver does not return ${API}/forbidden: 403 things is forbidden: User \\"x\\"`,
    });
    sandbox.web.stopServing();
    const look = fleet.look();
    const refused = "curl: (7) Failed to connect to 10.88.0.11 port 6443: Connection refused";
    for (const asked of [apiGet(look, "/a"), apiGet(look, "/b")]) {
      const failure = await asked.catch((error: unknown) => error);
      expect(failure).toMatchObject({ host: "master1" });
      expect((failure as Error).message.replace(/\/[ab]: /, "…: ")).toBe(
        `the apiserver does not return ${API}…: ${refused}`,
      );
    }
  });

  it("can use another master", async () => {
    using sandbox = new Sandbox();
    sandbox.web.api({ "/a": { on: "master2" } }, "10.88.0.12");
    expect(await apiGetFrom(sandbox.fleet().look().host("master2"), "/a")).toEqual({ on: "master2" });
  });
});

describe("apiFault", () => {
  it("is undefined if the apiserver is ready, else the reason", async () => {
    using sandbox = new Sandbox();
    sandbox.web.login();
    const fault = () => sandbox.host().ask(apiFault({ address: "10.88.0.11" }));
    expect(await fault()).toMatch(/^curl: \(7\) /);
    sandbox.web.api({ "/readyz": "ok" });
    expect(await fault()).toBeUndefined();
    sandbox.web.api({ "/readyz": status(401, "Unauthorized") });
    expect(await fault()).toBe("401 Unauthorized");
  });
});

describe("frameApi", () => {
  const two = () => frameApi([sh`a`, sh`b`]);
  /** The output of curl for these responses, with the separator of the script. */
  const printed = (script: string, answers: readonly [string, string][]): string => {
    const mark = /k8s-ha-[0-9a-f]{24}/.exec(script)?.[0] ?? "";
    return answers.map(([body, code]) => `${body}\n${mark} ${code}\n`).join("");
  };

  it("separates responses with any content", () => {
    const { script, split } = two();
    const body = '{\n"a": 1}\n\nk8s-ha-000000000000000000000000 200\n';
    const stdout = printed(script.text, [
      [body, "200"],
      ["", "404"],
    ]);
    expect(split({ code: 0, stdout, stderr: "" })).toEqual([
      { stdout: body, code: 200, stderr: "" },
      { stdout: "", code: 404, stderr: "" },
    ]);
  });

  it("has status 0 and curl's error without a response", () => {
    const { script, split } = two();
    const stderr = "curl: (28) Operation timed out\n";
    const stdout = printed(script.text, [
      ["half an ans", "000"],
      ["ok", "200"],
    ]);
    expect(split({ code: 28, stdout, stderr }).map(({ code }) => code)).toEqual([0, 200]);
    expect(split({ code: 127, stdout: "", stderr: "sh: curl: not found\n" })).toEqual([
      { stdout: "", code: 0, stderr: "sh: curl: not found\n" },
      { stdout: "", code: 0, stderr: "sh: curl: not found\n" },
    ]);
  });
});
