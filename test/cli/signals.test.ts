import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Interrupt, Interrupted } from "../../src/cli/signals.js";

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
});
afterEach(() => {
  process.removeAllListeners("SIGINT").removeAllListeners("SIGTERM");
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it("the first signal is a wish, the second one aborts, and the process ends even where nothing heeds it", () => {
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
