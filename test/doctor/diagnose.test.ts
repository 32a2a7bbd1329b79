import { describe, expect, it } from "vitest";
import { doctorChecks } from "../../src/doctor/all-checks.js";
import { shared, type DoctorCheck } from "../../src/doctor/check.js";
import { diagnose } from "../../src/doctor/diagnose.js";
import { Failure } from "../../src/failure.js";
import { countsOf, doctorData, doctorText } from "../../src/report/doctor-text.js";
import { blocker } from "../../src/steps/preflight/check.js";
import { Sandbox } from "../machine/sandbox.js";
import { looking } from "../steps/preflight/looking.js";

const check = (more: Partial<DoctorCheck>): DoctorCheck => ({
  ...{ id: "x", title: "it works", probe: () => Promise.resolve(null), findings: () => [] },
  ...more,
});
const finding = { severity: "warning", host: "m", what: "odd", fix: "fix it" } as const;

async function diagnosed(checks: readonly DoctorCheck[], isAlone = false) {
  using sandbox = new Sandbox();
  return await diagnose(checks, looking(sandbox), { isAlone, now: 0 });
}

describe("diagnose", () => {
  it("reports what a check cannot read, and runs the others", async () => {
    const broken = check({
      probe: () => Promise.reject(new Failure("no answer", { host: "m1", hint: "look there" })),
    });
    const [first, second] = await diagnosed([broken, check({ findings: () => [finding, finding] })]);
    expect(first?.findings).toEqual([
      { severity: "error", host: "m1", what: "cannot be checked: no answer", fix: "look there" },
    ]);
    expect(second?.findings).toEqual([finding]);
  });

  it("does not hide a bug", async () => {
    const bug = check({ probe: () => Promise.reject(new TypeError("a bug")) });
    await expect(diagnosed([bug])).rejects.toThrow("a bug");
  });

  it("leaves out what compares machines if only one is known", async () => {
    const compares = check({ needsAllHosts: true, findings: () => [finding] });
    expect(await diagnosed([compares], true)).toMatchObject([{ findings: [], isLeftOut: true }]);
    expect(await diagnosed([compares])).toMatchObject([{ findings: [finding] }]);
  });

  it("has each check once, and an error for each blocker of preflight", async () => {
    const ids = doctorChecks.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const problems = () => [
      blocker("m1", "broken", "fix it"),
      { severity: "warning" as const, what: "odd", fix: "look" },
    ];
    const own = shared({ id: "x", probe: () => Promise.resolve(null), problems }, { title: "it works" });
    const [diagnosis] = await diagnosed([own]);
    expect(diagnosis?.findings.map(({ severity }) => severity)).toEqual(["error", "warning"]);
  });
});

describe("the report of the doctor", () => {
  const diagnoses = [
    { check: { id: "a", title: "a holds", upstream: "https://example.org/1" }, findings: [finding] },
    {
      check: { id: "b", title: "b holds" },
      findings: [{ severity: "error", what: "broken", fix: "repair" } as const],
    },
    { check: { id: "c", title: "c holds" }, findings: [] },
    { check: { id: "d", title: "d holds" }, findings: [], isLeftOut: true as const },
  ];

  it("lists errors first, each with its fix and its source, then what holds", () => {
    expect(doctorText(diagnoses)).toBe(`error: broken  [b]
  fix: repair
warning: m: odd  [a]
  fix: fix it
  see https://example.org/1
✓ c holds
- d holds: not checked, because it compares machines (-i)
1 error, 1 warning, 0 for information`);
  });

  it("is the same as data", () => {
    expect(countsOf(diagnoses)).toEqual({ error: 1, warning: 1, info: 0 });
    expect(doctorData(diagnoses)).toMatchObject({
      schemaVersion: 1,
      counts: { error: 1 },
      checks: [
        { id: "a", upstream: "https://example.org/1", checked: true, findings: [finding] },
        { id: "b" },
        { id: "c", findings: [] },
        { id: "d", checked: false },
      ],
    });
  });
});
