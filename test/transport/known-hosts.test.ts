import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Failure } from "../../src/failure.js";
import {
  hostKeyAlgorithms,
  knownHostKeys,
  namesHost,
  parseKnownHosts,
  readKnownHosts,
} from "../../src/transport/known-hosts.js";
import { makeKey, publicKey } from "./sshd.js";

let directory: string;
let keys: { ed25519: string; rsa: string; ecdsa: string };

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "k8s-ha-known-hosts-"));
  const make = (type: string): string => publicKey(makeKey(join(directory, type), type));
  keys = { ed25519: make("ed25519"), rsa: make("rsa"), ecdsa: make("ecdsa") };
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** The numbers of the lines in which the real ssh-keygen finds a host; throws if there is no ssh-keygen. */
function linesByOracle(text: string, name: string): number[] {
  const file = join(directory, "oracle");
  writeFileSync(file, text);
  const { stdout, error } = spawnSync("ssh-keygen", ["-F", name, "-f", file], { encoding: "utf8" });
  if (error) throw new Error("this test needs ssh-keygen, from openssh-client", { cause: error });
  return [...stdout.matchAll(/found: line (\d+)/g)].map((match) => Number(match[1]));
}

function ownLines(text: string, name: string): number[] {
  const named = parseKnownHosts(text, "f").filter((entry) => namesHost(entry.hosts, name));
  return named.map((entry) => entry.line);
}

// Only a few letters, so that names and patterns often match.
const label = fc.string({ unit: fc.constantFrom("a", "b", "1"), minLength: 1, maxLength: 3 });
const name = fc
  .tuple(fc.array(label, { minLength: 1, maxLength: 3 }), fc.option(fc.constantFrom(22, 2222)))
  .map(([labels, port]) => (port === null ? labels.join(".") : `[${labels.join(".")}]:${port}`));
const pattern = fc
  .tuple(
    fc.boolean(),
    fc.oneof(
      name,
      fc.string({ unit: fc.constantFrom("a", "B", "1", ".", "*", "?", "[", "]", ":"), minLength: 1 }),
    ),
  )
  .map(([negated, text]) => (negated ? `!${text}` : text));
const hosts = fc.array(pattern, { minLength: 1, maxLength: 3 }).map((patterns) => patterns.join(","));

describe("known_hosts, compared with ssh-keygen -F", () => {
  it("finds the same lines: patterns, negation, markers, comments, invalid lines", () => {
    const line = fc.oneof(
      { weight: 5, arbitrary: hosts.map((field) => `${field} ${keys.ed25519} a comment`) },
      hosts.map((field) => `@revoked ${field} ${keys.ed25519}`),
      // OpenSSH ignores a marker that is followed by a tab; k8s-ha accepts it, which refuses more, not less.
      hosts.map((field) => `@cert-authority ${field}\t${keys.rsa}`),
      hosts.map((field) => `  ${field}   ${keys.ecdsa}`),
      fc.constantFrom("", "# a comment", " # another"),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 4 }), name, (lines, host) => {
        const text = lines.join("\n") + "\n";
        expect(ownLines(text, host)).toEqual(linesByOracle(text, host));
      }),
      { numRuns: 300 },
    );
  });

  it("finds the same lines with hashed names", () => {
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 3 }), name, (names, other) => {
        const file = join(directory, "hashed");
        writeFileSync(file, names.map((one) => `${one} ${keys.ed25519}\n`).join(""));
        execFileSync("ssh-keygen", ["-H", "-f", file], { stdio: "ignore" });
        const text = execFileSync("cat", [file], { encoding: "utf8" });
        expect(text).toMatch(/^\|1\|/);
        for (const host of [...names, other]) expect(ownLines(text, host)).toEqual(linesByOracle(text, host));
      }),
      { numRuns: 30 },
    );
  });
});

describe("the keys of a host", () => {
  const keysOf = (text: string, port = 22) => knownHostKeys(parseKnownHosts(text, "f"), "cp1", port);

  it("separates plain, revoked and certificate authority keys", () => {
    const known = keysOf(`cp1 ${keys.rsa}\n@revoked * ${keys.ed25519}\n@cert-authority cp* ${keys.ecdsa}\n`);
    expect(known.trusted.map((entry) => entry.line)).toEqual([1]);
    expect(known.revoked.map((entry) => entry.line)).toEqual([2]);
    expect(known.certificateAuthorities.map((entry) => entry.line)).toEqual([3]);
  });

  it("skips lines with an unknown marker, or with a key of another type", () => {
    const [, blob] = keys.rsa.split(" ");
    expect(
      keysOf(`@what cp1 ${keys.rsa}\ncp1 ssh-ed25519 ${blob ?? ""}\ncp1 ssh-rsa\ncp1 ssh-rsa ###\n`).trusted,
    ).toEqual([]);
  });

  it("uses the entry without a port if there is none with it, as ssh does", () => {
    expect(keysOf(`cp1 ${keys.rsa}\n`, 2222).trusted).toHaveLength(1);
    const both = keysOf(`cp1 ${keys.rsa}\n[cp1]:2222 ${keys.ed25519}\n`, 2222);
    expect(both.trusted.map((entry) => entry.line)).toEqual([2]);
  });

  it("offers only the known key types, RSA with SHA-2", () => {
    expect(hostKeyAlgorithms(keysOf(`cp1 ${keys.rsa}\n`))).toEqual(["rsa-sha2-512", "rsa-sha2-256"]);
    expect(hostKeyAlgorithms(keysOf(`cp1 ${keys.ecdsa}\ncp1 ${keys.ed25519}\n`))).toEqual([
      "ssh-ed25519",
      "ecdsa-sha2-nistp256",
    ]);
  });

  it("reports a file that cannot be read", async () => {
    const error: unknown = await readKnownHosts([tmpdir()]).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Failure);
    expect((error as Failure).message).toMatch(/^cannot read known_hosts: EISDIR/);
  });

  it("reads several files, and treats a missing one as empty", async () => {
    const [one, two] = [join(directory, "one"), join(directory, "two")];
    writeFileSync(one, `cp1 ${keys.rsa}\n`);
    writeFileSync(two, `cp1 ${keys.ed25519}\r\n`);
    const entries = await readKnownHosts([one, join(directory, "missing"), two]);
    expect(entries.map((entry) => [entry.file, entry.line])).toEqual([
      [one, 1],
      [two, 1],
    ]);
  });
});
