import { describe, expect, it } from "vitest";
import { PLACES } from "../../src/playbook/places.js";
import { selectedHosts } from "../../src/steps/host-selector.js";
import { labInventory } from "./inventory.js";

describe("the hosts that a playbook selects", () => {
  const hosts = (...words: string[]) => selectedHosts(labInventory(), words).join(" ");

  it.each([
    ["operator", "operator"],
    ["all", "master1 master2 master3 lb1 lb2 worker1"],
    ["controlPlane", "master1 master2 master3"],
    ["firstMaster", "master1"],
    ["newMasters", "master2 master3"],
    ["loadBalancers", "lb1 lb2"],
    ["workers", "worker1"],
  ])("%s", (word, names) => {
    expect(hosts(word)).toBe(names);
  });

  it("include every group", () => {
    for (const place of PLACES) expect(hosts(place)).not.toBe("");
  });

  it("include each host once, in the playbook's order", () => {
    expect(hosts("worker1", "operator", "all")).toBe("worker1 operator master1 master2 master3 lb1 lb2");
  });
});
