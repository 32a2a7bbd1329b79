import { describe, expect, it } from "vitest";
import { anonymousReadyz } from "../../../../src/steps/preflight/checks/anonymous-readyz.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { status as apiStatus } from "../../../machine/web.js";
import { labInventory } from "../../inventory.js";
import { looking, servesFreshCluster } from "../looking.js";

const problems = (status: number) =>
  anonymousReadyz.problems({ statuses: new Map([["master1", status]]) }, labInventory());

describe("check anonymous-readyz", () => {
  it("requests /readyz of each running master without credentials", async () => {
    using first = new Sandbox();
    using other = new Sandbox();
    servesFreshCluster(first);
    first.web.api({ "/readyz": apiStatus(401, "Unauthorized") });
    const found = await anonymousReadyz.probe(looking(first, { master2: other, master3: other }));
    expect(found).toEqual({ statuses: new Map([["master1", 401]]) });
    const anonymous = first
      .commands("curl")
      .filter((line) => line.includes("-o /dev/null") && !line.includes("-q -sk"));
    expect(anonymous).toHaveLength(1);
    expect(anonymous[0]).not.toMatch(/--cert|--key/);
  });

  it.each([401, 403])("reports an apiserver that refuses it with %s", (status) => {
    expect(problems(status)).toMatchObject([
      {
        severity: "blocker",
        host: "master1",
        what: `the apiserver refuses /readyz without credentials (HTTP status ${status}), which load balancers request`,
      },
    ]);
  });

  it.each([200, 500, 0])(
    "accepts status %s: whether it is ready is the subject of other checks",
    (status) => {
      expect(problems(status)).toEqual([]);
    },
  );
});
