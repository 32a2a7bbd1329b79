import { readFile } from "node:fs/promises";
import { InvalidFile, type FileProblem } from "./invalid-file.js";

const READ_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  EISDIR: "is a directory, not a file",
  ENOTDIR: "a part of its path is not a directory",
  EACCES: "cannot be read: permission denied",
};

/** The position of the first byte that is not UTF-8: editors may hide such bytes. */
function firstBadByte(bytes: Buffer): FileProblem {
  let line = 1;
  for (let start = 0; start <= bytes.length; line++) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline === -1 ? bytes.length : newline;
    const text = bytes.toString("utf8", start, end);
    const column = text.indexOf("\uFFFD") + 1;
    if (column > 0) return { line, column, message: "not UTF-8 text; save the file as UTF-8" };
    start = end + 1;
  }
  return { message: "not UTF-8 text; save the file as UTF-8" };
}

/**
 * Reads an operator's text file.
 * @throws InvalidFile if it is missing, a directory, unreadable or not UTF-8.
 */
export async function readText(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    throw new InvalidFile(path, [{ message: READ_ERRORS[code] ?? String(error) }], { cause: error });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new InvalidFile(path, [firstBadByte(bytes)], { cause: error });
  }
}
