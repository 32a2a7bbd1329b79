import { describe, expect, it } from "vitest";
import { nonlocalBind } from "../../../src/steps/load-balancer/nonlocal-bind.js";
import { must, named, NOTHING, planOf, recorded } from "../recorded.js";

const content = must(named(recorded(nonlocalBind, "endpoint").hosts, "lb1").file).content;
const file = (host: string, before: string | null) => ({
  kind: "file",
  host,
  path: "/etc/sysctl.d/90-k8s-ha.conf",
  content,
  mode: "0644",
  owner: "root:root",
  before,
});
const live = (host: string) => ({
  kind: "sysctl",
  host,
  key: "net.ipv4.ip_nonlocal_bind",
  before: "0",
  value: "1",
});

describe("nonlocal-bind", () => {
  it("sets the kernel's value for the next boot and for now", () => {
    expect(planOf(nonlocalBind, "fresh")).toEqual({
      changes: [file("lb1", null), live("lb1"), file("lb2", null), live("lb2")],
      problems: [],
    });
    expect(content).toContain("\nnet.ipv4.ip_nonlocal_bind = 1\n");
  });

  it("changes nothing on hosts that have it", () => {
    expect(planOf(nonlocalBind, "endpoint")).toEqual(NOTHING);
  });

  it("writes only the file if only the file is missing, and replaces an edited one", () => {
    const { changes } = planOf(nonlocalBind, "endpoint", ({ hosts }) => {
      named(hosts, "lb1").file = undefined;
      must(named(hosts, "lb2").file).content = "net.ipv4.ip_nonlocal_bind = 0\n";
    });
    expect(changes).toEqual([file("lb1", null), file("lb2", "net.ipv4.ip_nonlocal_bind = 0\n")]);
  });

  it("sets only the live value if only that was changed", () => {
    const { changes } = planOf(nonlocalBind, "endpoint", ({ hosts }) => {
      named(hosts, "lb2").live = "0";
    });
    expect(changes).toEqual([live("lb2")]);
  });
});
