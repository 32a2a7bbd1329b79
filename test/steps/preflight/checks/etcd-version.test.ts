import { describe, expect, it } from "vitest";
import { etcdVersion } from "../../../../src/steps/preflight/checks/etcd-version.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { labInventory, type Overrides } from "../../inventory.js";
import { looking, servesFreshCluster } from "../looking.js";

const URL = "https://10.88.0.11:2379";

async function look(kubernetesVersion: string, overrides: Overrides = {}) {
  using first = new Sandbox();
  using other = new Sandbox();
  servesFreshCluster(first, kubernetesVersion);
  const peerURLs = ["https://10.88.0.11:2380"];
  first.web.etcd([{ ID: "1", name: "master1", peerURLs, clientURLs: [URL], healthy: true }]);
  first.web.serve(`${URL}/version`, { etcdserver: "3.5.15", etcdcluster: "3.5.0" });
  const { versions } = await etcdVersion.probe(
    looking(first, { master2: other, master3: other }, labInventory(overrides)),
  );
  return versions;
}

const problems = (...versions: string[]) =>
  etcdVersion.problems(
    { versions: new Map(versions.map((version, i) => [`master${i + 1}`, version])) },
    labInventory(),
  );

describe("check etcd-version", () => {
  it("reads the version of each member if members will be added as learners", async () => {
    expect(await look("v1.30.14")).toEqual(new Map([["master1", "3.5.15"]]));
  });

  it("accepts any version if none is added as a learner", async () => {
    expect(await look("v1.28.15")).toBeNull();
    expect(await look("v1.30.14", { controlPlane: [{ name: "master1", address: "10.88.0.11" }] })).toBeNull();
    expect(await look("v1.30.14", { cluster: { etcd: "first-master" } })).toBeNull();
    expect(etcdVersion.problems({ versions: null }, labInventory())).toEqual([]);
  });

  it.each(["3.5.1", "3.5.10", "3.5.23"])("warns about %s", (version) => {
    expect(problems("3.5.26", version)).toMatchObject([
      { severity: "warning", what: expect.stringContaining(`(master2: ${version})`) as string },
    ]);
  });

  it.each(["3.4.13", "3.5.0", "3.5.24", "3.5.26", "3.6.4"])("accepts %s", (version) => {
    expect(problems(version)).toEqual([]);
  });
});
