import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { knownNames } from "../../src/cli/known-names.js";
import { allSteps } from "../../src/steps/all.js";

const root = join(import.meta.dirname, "../..");

describe("the names for completion", () => {
  it("are the steps of the built-in playbook", async () => {
    const steps = await knownNames.steps(undefined);
    const { id, title } = allSteps.find((step) => step.id === "keepalived") ?? {};
    expect(steps).toContainEqual({ value: id, what: title });
  });

  it("are the hosts of an inventory", async () => {
    const hosts = await knownNames.hosts(join(root, "inventory.example.yaml"));
    expect(hosts).toContainEqual({ value: "master-1", what: "controlPlane" });
    expect(hosts).toContainEqual({ value: "operator", what: "this machine" });
  });

  it("are none if a file cannot be read", async () => {
    expect(await knownNames.steps("/none")).toEqual([]);
    expect(await knownNames.hosts("/none")).toEqual([]);
  });
});
