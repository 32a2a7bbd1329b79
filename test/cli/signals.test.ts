import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Interrupt, Interrupted } from "../../src/cli/signals.js";

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
});
afterEach(() => {
  process.removeAllListeners("SIGINT").removeAllListeners("SIGTERM").removeAllListeners("SIGHUP");
  for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners("error");
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it("the first signal requests a stop, the second one aborts, and the process ends even if nothing handles it", () => {
  const exit = vi.spyOn(process, "exit").mockReturnValue(undefined as never);
  const interrupt = new Interrupt();
  interrupt.listen();
  expect(interrupt.requested()).toBe(false);
  process.emit("SIGTERM");
  expect([interrupt.requested(), interrupt.signal.aborted]).toEqual([true, false]);
  process.emit("SIGINT");
  expect(interrupt.signal.reason).toBeInstanceOf(Interrupted);
  process.emit("SIGINT");
  expect(exit).not.toHaveBeenCalled();
  vi.advanceTimersByTime(2000);
  expect(exit.mock.calls).toEqual([[130]]);
});

it("a closed terminal requests a stop, for any number of signals", () => {
  const interrupt = new Interrupt();
  interrupt.listen();
  process.emit("SIGHUP");
  process.emit("SIGHUP");
  process.stderr.emit("error", new Error("write EIO"));
  expect([interrupt.requested(), interrupt.signal.aborted]).toEqual([true, false]);
  process.emit("SIGINT");
  expect(interrupt.signal.aborted).toBe(true);
});

it("a closed reader requests a stop", () => {
  const interrupt = new Interrupt();
  interrupt.listen();
  process.stdout.emit("error", new Error("write EPIPE"));
  expect([interrupt.requested(), interrupt.signal.aborted]).toEqual([true, false]);
});
