import { PassThrough } from "node:stream";
import { afterEach, expect, it, vi } from "vitest";
import { askSecret, confirm } from "../../src/cli/ask.js";

afterEach(() => {
  vi.restoreAllMocks();
});

/** Standard input and error as a terminal has them. */
function atTerminal(): PassThrough {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  const output = Object.assign(new PassThrough(), { isTTY: true });
  vi.spyOn(process, "stdin", "get").mockReturnValue(input as unknown as typeof process.stdin);
  vi.spyOn(process, "stderr", "get").mockReturnValue(output as unknown as typeof process.stderr);
  return input;
}

const KEYS = { "Ctrl-C": "\u0003", "Ctrl-D": "\u0004" };

it.each([
  ["yes\n", true],
  [" yes \n", true],
  ["y\n", false],
  ["\n", false],
  ["", false],
])("treats %j, then end of input, as %j", async (typed, answer) => {
  const input = new PassThrough();
  vi.spyOn(process, "stdin", "get").mockReturnValue(input as unknown as typeof process.stdin);
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  input.end(typed);
  expect(await confirm("Really?")).toBe(answer);
});

it.each(Object.entries(KEYS))("treats %s at a terminal as no", async (_name, key) => {
  const input = atTerminal();
  const answer = confirm("Really?");
  input.write(key);
  expect(await answer).toBe(false);
});

it.each(Object.entries(KEYS))(
  "does not prompt for a secret again after %s, and reports what to do",
  async (_name, key) => {
    const input = atTerminal();
    const answer = askSecret("sudo password", "set ssh.sudoPasswordFile");
    input.write(key);
    await expect(answer).rejects.toMatchObject({
      message: "sudo password is required, and none was entered",
      hint: "set ssh.sudoPasswordFile",
    });
  },
);

it("reads a secret without echo", async () => {
  const input = atTerminal();
  let shown = "";
  process.stderr.on("data", (chunk: Buffer) => (shown += chunk.toString()));
  const answer = askSecret("sudo password", "set ssh.sudoPasswordFile");
  input.write("pa ss\r");
  expect((await answer).reveal()).toBe("pa ss");
  await vi.waitFor(() => {
    expect(shown).toBe("sudo password: \n");
  });
});

it("does not prompt for a secret without a terminal, and says where it can be set", async () => {
  const input = new PassThrough();
  vi.spyOn(process, "stdin", "get").mockReturnValue(input as unknown as typeof process.stdin);
  const written = vi.spyOn(process.stderr, "write");
  await expect(askSecret("sudo password", "set it in a file")).rejects.toMatchObject({
    message: "sudo password is required, and there is no terminal to prompt on",
    hint: "set it in a file",
  });
  expect(written).not.toHaveBeenCalled();
});
