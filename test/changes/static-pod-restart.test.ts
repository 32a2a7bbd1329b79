import { describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { Sandbox } from "../machine/sandbox.js";
import { make } from "./context.js";
import { itIsShownAs } from "./shown.js";

const change: Change = { kind: "static-pod-restart", host: "master1", components: ["kube-scheduler"] };

describe("static-pod-restart", () => {
  itIsShownAs(
    { ...change, components: ["kube-controller-manager", "kube-scheduler"] },
    {
      mark: "~",
      describe: "restart kube-controller-manager and kube-scheduler",
      interrupts: {
        what: "kube-controller-manager and kube-scheduler, until the lease expires and a standby takes over",
        seconds: 15,
      },
    },
  );

  it("replaces the sandbox and waits for a new, healthy one", async () => {
    using sandbox = new Sandbox();
    sandbox.answer(
      "crictl",
      'case "$*" in *rmp*) touch "$SANDBOX/gone" ;; *--label*) if [ -f "$SANDBOX/gone" ]; then echo new; else echo old; fi ;; esac',
    );
    sandbox.answer("curl", "printf ok");
    await make(sandbox, change);
    expect(sandbox.calls("crictl").map((call) => call.slice(3).join(" "))).toEqual([
      "pods -q --namespace kube-system --label component=kube-scheduler",
      "stopp old",
      "rmp old",
      "pods -q --namespace kube-system --label component=kube-scheduler",
    ]);
    expect(sandbox.calls("curl")[0]?.at(-1)).toBe("https://127.0.0.1:10259/healthz");
  });

  it("checks an apiserver at the address that its clients use", async () => {
    using sandbox = new Sandbox();
    sandbox.answer(
      "crictl",
      'case "$*" in *rmp*) touch "$SANDBOX/gone" ;; *--label*) if [ -f "$SANDBOX/gone" ]; then echo new; else echo old; fi ;; esac',
    );
    sandbox.answer("curl", "printf ok");
    await make(sandbox, { ...change, components: ["kube-apiserver"] });
    expect(sandbox.calls("curl")[0]?.at(-1)).toBe("https://10.88.0.11:6443/readyz");
  });
});
