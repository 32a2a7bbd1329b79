import { query } from "../../../machine/query.js";
import { sh } from "../../../shell/shell.js";
import { askEach, type Answers } from "../answers.js";
import { blocker, type PreflightCheck } from "../check.js";

const opensslVersion = query(sh`openssl version 2>/dev/null || true`, (out) => out.trim());

/** OpenSSL before 1.1.1 cannot derive a strong key from a passphrase. Queried only if the backup is to be encrypted. */
export const backupEncryption: PreflightCheck<Answers<string>> = {
  id: "backup-encryption",
  probe: (fleet) =>
    askEach(fleet.inventory.backup.operatorCopy === "encrypted" ? fleet.hosts() : [], (host) =>
      host.ask(opensslVersion),
    ),
  problems: ({ found, failures }) => [
    ...failures,
    ...[...found]
      .filter(([, version]) => /^OpenSSL (0\.|1\.0\.|1\.1\.0)/.test(version))
      .map(([name, version]) =>
        blocker(
          name,
          `${version} cannot encrypt the operator's copy of the backup: 1.1.1 is required`,
          "set backup.operatorCopy to none; or to plain, which stores the backup and the private keys in it unencrypted",
        ),
      ),
  ],
};
