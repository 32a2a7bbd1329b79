import { describe, expect, it } from "vitest";
import { blocker } from "../../../../src/steps/preflight/check.js";
import { backupEncryption } from "../../../../src/steps/preflight/checks/backup-encryption.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { labInventory } from "../../inventory.js";
import { looking, unreachable } from "../looking.js";

const ENCRYPTED = labInventory({ backup: { operatorCopy: "encrypted", passphraseFile: "p" } });
const problemsWith = (version: string) =>
  backupEncryption.problems({ found: new Map([["worker1", version]]), failures: [] }, ENCRYPTED);

describe("check backup-encryption", () => {
  it.each(["OpenSSL 1.0.2k-fips  26 Jan 2017", "OpenSSL 0.9.8", "OpenSSL 1.1.0l  10 Sep 2019"])(
    "reports %s, which cannot encrypt a backup",
    (version) => {
      expect(problemsWith(version)).toEqual([
        blocker(
          "worker1",
          `${version} cannot encrypt the operator's copy of the backup: 1.1.1 is required`,
          "set backup.operatorCopy to none; or to plain, which stores the backup and the private keys in it unencrypted",
        ),
      ]);
    },
  );

  it.each(["OpenSSL 1.1.1w  11 Sep 2023", "OpenSSL 3.0.15 3 Sep 2024", "LibreSSL 3.8.2", ""])(
    "accepts %j",
    (version) => {
      expect(problemsWith(version)).toEqual([]);
    },
  );

  it("queries every machine if the backup is to be encrypted", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("openssl", "echo OpenSSL 1.0.2k-fips");
    const facts = await backupEncryption.probe(looking(sandbox, { lb2: unreachable("lb2") }, ENCRYPTED));
    expect([...facts.found.keys()]).toEqual(["master1", "master2", "master3", "lb1", "worker1"]);
    expect(facts.found.get("lb1")).toBe("OpenSSL 1.0.2k-fips");
    const hosts = backupEncryption.problems(facts, ENCRYPTED).map(({ host }) => host);
    expect(hosts).toEqual(["lb2", "master1", "master2", "master3", "lb1", "worker1"]);
  });

  it("queries no machine otherwise", async () => {
    using sandbox = new Sandbox();
    expect(await backupEncryption.probe(looking(sandbox))).toEqual({ found: new Map(), failures: [] });
    expect(sandbox.scripts).toEqual([]);
  });
});
