import { describe, expect, it } from "vitest";
import { apiserverMetrics } from "../../src/cluster/apiserver-metrics.js";
import { Sandbox } from "../machine/sandbox.js";

describe("the apiserver's metrics", () => {
  const master = { address: "10.88.0.11" };

  it("have the stages of feature gates, and the deprecated APIs that were requested", async () => {
    using sandbox = new Sandbox();
    sandbox.web.login();
    sandbox.web.serve(
      "https://10.88.0.11:6443/metrics",
      `# TYPE kubernetes_feature_enabled gauge
kubernetes_feature_enabled{name="APIListChunking",stage=""} 1
kubernetes_feature_enabled{name="AllAlpha",stage="ALPHA"} 0
apiserver_requested_deprecated_apis{group="policy",removed_release="1.38",resource="x",subresource="",version="v1beta1"} 1
apiserver_requested_deprecated_apis{group="",removed_release="",resource="componentstatuses",subresource="",version="v1"} 1
other{name="A",stage="BETA"} 0
`,
    );
    expect(await sandbox.host().ask(apiserverMetrics(master))).toEqual({
      stages: new Map([
        ["APIListChunking", ""],
        ["AllAlpha", "ALPHA"],
      ]),
      deprecated: [{ name: "policy/v1beta1 x", removedIn: "1.38" }],
    });
  });

  it("are empty without an answer", async () => {
    using sandbox = new Sandbox();
    expect(await sandbox.host().ask(apiserverMetrics(master))).toEqual({ stages: new Map(), deprecated: [] });
  });
});
