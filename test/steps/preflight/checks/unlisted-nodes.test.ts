import { describe, expect, it } from "vitest";
import { blocker } from "../../../../src/steps/preflight/check.js";
import { unlistedNodes } from "../../../../src/steps/preflight/checks/unlisted-nodes.js";
import { must, on, type Editable } from "../../recorded.js";

const { problemsOf } = on("1.20.2");
type Facts = Editable<Awaited<ReturnType<typeof unlistedNodes.probe>>>;

function moved({ nodes }: Facts): void {
  const node = must(nodes.find(({ metadata }) => metadata.name === "worker1"));
  must(node.status.addresses?.[0]).address = "192.168.7.21";
}

describe("check unlisted-nodes", () => {
  it("accepts nodes of the inventory", () => {
    expect(problemsOf(unlistedNodes, "fresh")).toEqual([]);
  });

  it("reports a node that the cluster lists under another address", () => {
    expect(problemsOf(unlistedNodes, "fresh", moved)).toEqual([
      blocker(
        "master1",
        "node worker1 (192.168.7.21) is not in the inventory",
        "add it to workers in the inventory; otherwise its kubelet continues to use only master1",
      ),
    ]);
  });

  it("reports a node without an address", () => {
    const edit = ({ nodes }: Facts) => nodes.push({ metadata: { name: "worker2" }, status: {} });
    expect(problemsOf(unlistedNodes, "fresh", edit)).toMatchObject([
      { what: "node worker2 (no address) is not in the inventory" },
    ]);
  });

  it("accepts any node once the cluster has the endpoint, which nodes that join then get", () => {
    expect(problemsOf(unlistedNodes, "endpoint", moved)).toEqual([]);
  });
});
