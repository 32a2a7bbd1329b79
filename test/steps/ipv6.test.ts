import { describe, expect, it } from "vitest";
import { labInventory, six } from "./inventory.js";
import { factsFromJson, factsToJson, type FactsState } from "../recorded/facts-file.js";
import { recorded, recordedSteps } from "./recorded.js";

/** The IPv4 hosts' facts and plans, with every address replaced by an IPv6 one. */
function inIPv6<T>(value: T): T {
  const other = factsToJson(value)
    .replaceAll(/(?<=ready |src )(10\.88\.0\.\d+)/g, "'[$1]'")
    // In YAML a bracket starts a list.
    .replaceAll(/(?<=: )10\.88\.0\.(\d+):(\d+)(?=\\n)/g, String.raw`\"[fd00:88::$1]:$2\"`)
    .replaceAll(/\b10\.88\.0\.(\d+):(\d+)/g, "[fd00:88::$1]:$2")
    .replaceAll("10.88.0.100/32", "fd00:88::100/128")
    .replaceAll(/\b10\.88\.0\.(\d+)/g, "fd00:88::$1")
    .replaceAll("10.96.0.0/12", "fd00:96::/112")
    .replaceAll("10.96.0.1", "fd00:96::1")
    .replaceAll("ip -o -4 address", "ip -o -6 address")
    .replaceAll("224.0.0.18", "ff02::12")
    .replaceAll(String.raw`family=\"ipv4\"`, String.raw`family=\"ipv6\"`)
    // The settings of the other family: a host of one family has them off.
    .replaceAll("net.ipv6.conf.default.forwarding", "net.ipv4.ip_forward")
    .replaceAll("net.ipv4.ip_nonlocal_bind", "net.ipv6.ip_nonlocal_bind")
    .replaceAll(/(?<= {4}bind )\*:(\d+)/g, "[::]:$1 v4v6")
    .replaceAll(/ {4}authentication \{.*? {4}\}\\n/g, "");
  return factsFromJson(other) as T;
}

const four = labInventory();
const inventory = labInventory(six);
/** The digest of a ConfigMap differs with other addresses in it. */
const isRollout = ({ kind }: { readonly kind: string }): boolean => kind === "rollout";

describe.each(recordedSteps.map((step) => ({ id: step.id, step })))("$id with IPv6", ({ step }) => {
  it.each<FactsState>(["fresh", "endpoint"])("plans the same as with IPv4 (%s)", (state) => {
    const planned = step.plan(recorded(step, state), four);
    const { changes, problems = [] } = step.plan(inIPv6(recorded(step, state)), inventory);
    const own = (all: typeof changes) => all.filter((change) => !isRollout(change));
    expect({ changes: own(changes), problems }).toEqual(
      inIPv6({ changes: own(planned.changes), problems: planned.problems ?? [] }),
    );
  });
});
