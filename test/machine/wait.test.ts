import { describe, expect, it } from "vitest";
import { Failure } from "../../src/failure.js";
import { waitUntil } from "../../src/machine/wait.js";
import { TransportError } from "../../src/transport/errors.js";

const failureOf = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

describe("waitUntil", () => {
  it("polls until the condition is true; an error counts as not yet", async () => {
    const answers = [
      () => Promise.resolve(false),
      () => Promise.reject(new Failure("restarting")),
      () => Promise.resolve(true),
    ];
    let asked = 0;
    await waitUntil(
      "it",
      5,
      undefined,
      () => answers[asked++]?.() ?? Promise.reject(new Error("asked too often")),
    );
    expect(asked).toBe(3);
  });

  it("times out and reports the last error", async () => {
    const cause = new Failure("connection refused");
    const error = await failureOf(waitUntil("the node", 0, undefined, () => Promise.reject(cause)));
    expect(error).toBeInstanceOf(Failure);
    expect(error).toMatchObject({
      message: "timed out after 0 s waiting for the node; last error: connection refused",
      cause,
    });
  });

  it("starts the time again with each state that it has not seen", async () => {
    let left = 6;
    const started = performance.now();
    const step = () => Promise.resolve(--left === 0);
    await waitUntil("the pods", 1, undefined, step, () => String(left));
    expect(performance.now() - started).toBeGreaterThan(1500);
    let flips = 0;
    const flapping = waitUntil(
      "it",
      1,
      undefined,
      () => Promise.resolve(false),
      () => String(flips++ % 2),
    );
    await expect(flapping).rejects.toThrow("timed out after 1 s without progress waiting for it");
    expect(flips).toBeLessThan(9);
  });

  it("does not wait for a host with a lost connection", async () => {
    const lost = new TransportError("lost", "the connection to master1 was lost", { host: "master1" });
    let asked = 0;
    const error = await failureOf(
      waitUntil("the node", 5, undefined, () => Promise.reject(asked++ === 0 ? lost : new Error("again"))),
    );
    expect(error).toBe(lost);
  });

  it("does not report an earlier error that is resolved", async () => {
    let asked = 0;
    const error = await failureOf(
      waitUntil("the node", 0.3, undefined, () =>
        asked++ === 0 ? Promise.reject(new Failure("old")) : Promise.resolve(false),
      ),
    );
    expect((error as Error).message).toBe("timed out after 0.3 s waiting for the node");
  });

  it("does not wait after a bug", async () => {
    const defect = new TypeError("x is undefined");
    expect(await failureOf(waitUntil("it", 60, undefined, () => Promise.reject(defect)))).toBe(defect);
  });

  it("polls once even with no time left", async () => {
    await expect(waitUntil("it", 0, undefined, () => Promise.resolve(true))).resolves.toBeUndefined();
  });

  it("ends with the signal's reason, before it polls and while it waits", async () => {
    const reason = new Failure("the operator is gone");
    const never = (): Promise<boolean> => Promise.resolve(false);
    expect(await failureOf(waitUntil("it", 60, AbortSignal.abort(reason), never))).toBe(reason);
    const ending = new AbortController();
    setTimeout(() => {
      ending.abort(reason);
    }, 50);
    expect(await failureOf(waitUntil("it", 60, ending.signal, never))).toBe(reason);
  });
});
