import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Secret } from "../../src/shell/secret.js";
import { quote, sh, shellLines, type ShellValue } from "../../src/shell/shell.js";

/** The output of a real /bin/sh for shell code. */
const runSh = (text: string): string => execFileSync("/bin/sh", ["-c", text], { encoding: "utf8" });

/** Any text that can be an argument: without NUL, and well-formed, because it is sent as UTF-8. */
const word = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: fc.constantFrom(...Array.from("'\"\\$`!*?[]{}()<>|&;~#=%- \t\n\rab")) }),
);
const argument = word.filter((text) => !text.includes("\0"));

/** The words that a shell expands a list to, each ended by a NUL; `end` keeps an empty list from printing one. */
const wordsOf = (list: string): string[] => runSh(`printf '%s\\0' ${list} end`).split("\0").slice(0, -2);

describe("quote", () => {
  it("quotes any word as one word", () => {
    fc.assert(
      fc.property(fc.array(argument, { maxLength: 5 }), (words) => {
        expect(wordsOf(words.map(quote).join(" "))).toEqual(words);
      }),
      { numRuns: 200 },
    );
  });

  it("keeps the empty word", () => {
    expect(quote("")).toBe("''");
  });

  it("refuses NUL", () => {
    expect(() => quote("a\0b")).toThrow(TypeError);
  });
});

describe("sh", () => {
  it("quotes words, numbers and arrays", () => {
    fc.assert(
      fc.property(argument, fc.array(argument, { maxLength: 4 }), fc.integer(), (one, several, number) => {
        const list = sh`${one} ${several} ${number}`;
        expect(wordsOf(list.text)).toEqual([one, ...several, String(number)]);
      }),
      { numRuns: 200 },
    );
  });

  it("keeps the shell's own ${…}", () => {
    expect(runSh(sh`f=${"/a b/c.yaml"}; f=\${f##*/}; printf %s "\${f%.yaml} \${1-none}"`.text)).toBe(
      "c none",
    );
    expect(runSh(sh`printf %s ${"\\${x}"}`.text)).toBe("\\${x}");
  });

  it("nests: a piece of shell is inserted unchanged, and quoted as a word", () => {
    fc.assert(
      fc.property(argument, (text) => {
        const inner = sh`printf %s ${text}`;
        expect(runSh(sh`x=$(${inner}; echo .); printf %s "$x"`.text)).toBe(`${text}.\n`.trimEnd());
        expect(runSh(sh`/bin/sh -c ${inner.text}`.text)).toBe(text);
      }),
      { numRuns: 100 },
    );
  });

  it("passes the template's own text to the shell, including backslashes", () => {
    expect(runSh(sh`printf 'a\n'; printf ${"b\\n"}`.text)).toBe("a\nb\n");
  });

  it("joins pieces, one per line", () => {
    expect(runSh(shellLines(sh`x=${"a b"}`, sh`printf %s "$x"`).text)).toBe("a b");
  });

  it("refuses NUL in a word and in an array", () => {
    expect(() => sh`echo ${"a\0"}`).toThrow(TypeError);
    expect(() => sh`echo ${["ok", "a\0"]}`).toThrow(TypeError);
  });

  it("rejects a Secret by its type, and at run time", () => {
    const secret = new Secret("hush");
    // @ts-expect-error a Secret would reach argv
    expect(() => sh`echo ${secret}`).toThrow(TypeError);
    // @ts-expect-error also in an array
    expect(() => sh`echo ${[secret]}`).toThrow(TypeError);
  });

  it.each([undefined, null, true, {}, [[]], new Date()])("refuses %s at run time", (value: unknown) => {
    expect(() => sh`echo ${value as ShellValue}`).toThrow(TypeError);
  });
});
