import { appendFileSync, closeSync, fsyncSync, openSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { Failure } from "../failure.js";
import { firstLineOfSecretFile } from "../shell/secret-file.js";
import { sh, type Shell } from "../shell/shell.js";
import type { ApplyContext } from "./kind.js";

/** How a host's backup is copied to the operator. */
export interface OperatorCopy {
  /** The host's own directory with its backups. */
  readonly directory: string;
  readonly operatorCopy: "none" | "encrypted" | "plain";
  readonly operatorDirectory: string;
  readonly passphraseFile?: string;
}

/** The file on the host with the digest of what was sent last. */
const DIGEST = "/run/k8s-ha/copy.sha256";

const DAY_SECONDS = 86_400;
/** The copy may take long over a slow link, but not without any data. */
const SILENT_SECONDS = 120;

/**
 * Copies a host's backup to the operator as one archive with mode 0600, never partly under its final name.
 * @throws Failure if it cannot be written, or if it differs from what was sent.
 */
export async function copyToOperator(c: OperatorCopy, { host, fleet, runId }: ApplyContext): Promise<void> {
  const folder = join(c.operatorDirectory, runId);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const passphrase =
    c.operatorCopy === "encrypted" && c.passphraseFile !== undefined
      ? await firstLineOfSecretFile(c.passphraseFile)
      : undefined;
  const path = join(folder, `${host.name}.tar.gz${passphrase === undefined ? "" : ".enc"}`);
  const part = `${path}.part`;
  try {
    const file = new ReceivedFile(part, SILENT_SECONDS);
    try {
      const signals = fleet.signal === undefined ? [file.failed] : [file.failed, fleet.signal];
      await host.run(sending(c.directory, runId, passphrase !== undefined), {
        timeoutSeconds: DAY_SECONDS,
        ...(passphrase !== undefined && { stdin: passphrase }),
        onStdout: file.write,
        signal: AbortSignal.any(signals),
        shownAs: `tar -C ${c.directory} -czf - ${runId}`,
      });
    } finally {
      file.close();
    }
    const sent = (await host.run(sh`cut -c1-64 ${DIGEST}`)).trim();
    if (sent !== file.digest()) {
      throw new Failure(`${path} differs from the copy that the host sent: SHA-256 mismatch`, {
        host: host.name,
        hint: "run the same command again",
      });
    }
    await rename(part, path);
  } finally {
    await rm(part, { force: true });
  }
}

/** Prints the archive. It is encrypted on the host: its keys never reach the operator's disk in plain text. */
function sending(directory: string, runId: string, encrypted: boolean): Shell {
  const encrypt = sh`openssl enc -aes-256-cbc -pbkdf2 -iter 600000 -salt -pass fd:3`;
  // A pipe only returns the exit code of its last command; a file records failures of the others.
  return sh`set -eu
umask 077
mkdir -p /run/k8s-ha
d=$(mktemp -d /run/k8s-ha/copy.XXXXXX)
trap 'rm -rf "$d"' EXIT
trap 'exit 1' TERM HUP INT
mkfifo "$d/fifo"
exec 3<&0
sha256sum <"$d/fifo" >${DIGEST} &
{ tar -C ${directory} -czf - ${runId} || : >"$d/failed"; } | { ${encrypted ? encrypt : sh`cat`} || : >"$d/failed"; } | tee "$d/fifo"
wait
test ! -e "$d/failed"`;
}

/** A file that a stream is written to, synchronously, so that a slow disk slows the stream down. */
class ReceivedFile {
  readonly #fd: number;
  readonly #hash = createHash("sha256");
  readonly #failed = new AbortController();

  readonly #silence: NodeJS.Timeout;

  /** @param silentSeconds the time without data after which it has failed */
  constructor(path: string, silentSeconds: number) {
    this.#fd = openSync(path, "w", 0o600);
    this.#silence = setTimeout(() => {
      this.#failed.abort(new Error(`the host sent no data for ${silentSeconds} s`));
    }, silentSeconds * 1000);
  }

  /** Aborted when a write failed, so that the rest is not needed, or when no data comes. */
  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  readonly write = (chunk: Buffer): void => {
    if (this.failed.aborted) return;
    this.#silence.refresh();
    try {
      appendFileSync(this.#fd, chunk);
      this.#hash.update(chunk);
    } catch (error) {
      this.#failed.abort(error);
    }
  };

  /** @throws Failure when a write failed; everything is on the disk otherwise. */
  close(): void {
    clearTimeout(this.#silence);
    try {
      this.failed.throwIfAborted();
      fsyncSync(this.#fd);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Failure(`cannot write the operator's copy: ${why}`, { cause: error });
    } finally {
      closeSync(this.#fd);
    }
  }

  digest(): string {
    return this.#hash.digest("hex");
  }
}
