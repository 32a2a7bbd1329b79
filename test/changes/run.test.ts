import { describe } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { itIsShownAs } from "./shown.js";

const change: Change = {
  kind: "run",
  host: "h",
  name: "silence-alerts",
  apply: "touch /run/silenced\necho done\n",
  undo: "rm -f /run/silenced",
  env: { WHY: "migration", K8S_HA_HOST: "h" },
  timeoutSeconds: 60,
};

describe("run", () => {
  itIsShownAs(change, {
    mark: "+",
    describe: "run silence-alerts",
    diff: "+ WHY=migration\n+ touch /run/silenced\n+ echo done\nundo: rm -f /run/silenced",
  });
});

describe("lasting-run", () => {
  itIsShownAs(
    { kind: "lasting-run", host: "h", name: "notify", apply: "echo hello", env: {}, timeoutSeconds: 60 },
    { mark: "+", describe: "run notify (cannot be undone: it has no undo)", diff: "+ echo hello" },
  );
});
