import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fetchJournals, JournalCopies, removeCopies } from "../../src/engine/journal-copies.js";
import { Failure } from "../../src/failure.js";
import type { WritableHost } from "../../src/machine/host.js";
import { Sandbox } from "../machine/sandbox.js";

const COPY = "/var/lib/k8s-ha/journal/20260131-221530.ndjson";
const folder = mkdtempSync(join(tmpdir(), "k8s-ha-copies-"));
const NOTHING = { fetched: [], stale: [] };
const own = join(folder, "20260131-221530.ndjson");
beforeEach(() => {
  mkdirSync(folder, { recursive: true });
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("copies of a journal", () => {
  it("have every record in order, and are fetched by another machine", async () => {
    using sandbox = new Sandbox();
    const master = sandbox.fleet().firstMaster;
    const lost: string[] = [];
    const copies = new JournalCopies([master], folder, "20260131-221530", (host) => lost.push(host));
    for (const n of [1, 2, 3]) copies.append(`{"n":${n}}\n`);
    await copies.flush();
    copies.append('{"n":4}\n');
    await copies.flush();
    const text = '{"n":1}\n{"n":2}\n{"n":3}\n{"n":4}\n';
    expect(sandbox.read(COPY)).toBe(text);
    expect(lost).toEqual([]);
    const fetch = () => fetchJournals([sandbox.fleet().look().firstMaster], folder);
    expect(await fetch()).toEqual({ fetched: ["20260131-221530.ndjson"], stale: [] });
    expect(readFileSync(own, "utf8")).toBe(text);
    // The second time there is nothing new.
    expect(await fetch()).toEqual(NOTHING);
    // A longer journal of this machine stays.
    writeFileSync(own, `${text}{"n":5}\n`);
    expect(await fetch()).toEqual(NOTHING);
    // Another machine rolls back, and removes the copies.
    await removeCopies([master]);
    expect(await fetch()).toEqual({ fetched: [], stale: ["20260131-221530.ndjson"] });
    expect(await fetch()).toEqual(NOTHING);
  });

  it("end on a host that cannot keep them, and go on elsewhere", async () => {
    using sandbox = new Sandbox();
    const full = {
      name: "master2",
      run: () => Promise.reject(new Failure("no space left on device")),
    } as unknown as WritableHost;
    const lost: string[] = [];
    const hosts = [full, sandbox.fleet().firstMaster];
    const copies = new JournalCopies(hosts, folder, "20260131-221530", (host, error) =>
      lost.push(`${host}: ${error.message}`),
    );
    copies.append("1\n");
    await copies.flush();
    copies.append("2\n");
    await copies.flush();
    expect(lost).toEqual(["master2: no space left on device"]);
    expect(sandbox.read(COPY)).toBe("1\n2\n");
  });

  it("stop with the reason of an abort", async () => {
    const reason = new Error("aborted");
    const host = { name: "master1", run: () => Promise.reject(reason) } as unknown as WritableHost;
    const copies = new JournalCopies([host], folder, "r", () => undefined);
    copies.append("1\n");
    await expect(copies.flush()).rejects.toBe(reason);
  });
});
