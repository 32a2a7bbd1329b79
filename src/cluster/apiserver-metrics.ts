import { httpsUrl } from "../address.js";
import { apiCurl } from "../machine/api-batch.js";
import type { ReadOnlyHost } from "../machine/host.js";
import { remoteAttempt, type Query } from "../machine/query.js";
import { APISERVER_PORT } from "../ports.js";
import { sh } from "../shell/shell.js";

/** The stage of a feature gate, as its metric has it: GA is the empty string. */
export type FeatureStage = "ALPHA" | "BETA" | "" | "DEPRECATED";

/** An API that will be removed, and that somebody has requested since the apiserver started. */
export interface DeprecatedApi {
  /** Such as `policy/v1beta1 podsecuritypolicies`. */
  readonly name: string;
  /** The version that no longer has it, such as `1.38`. */
  readonly removedIn: string;
}

/** What an apiserver's metrics show about later versions. */
export interface ApiserverMetrics {
  /** Feature gate → its stage in this version. All components have the gates of pkg/features. Empty before 1.26. */
  readonly stages: ReadonlyMap<string, FeatureStage>;
  readonly deprecated: readonly DeprecatedApi[];
}

/**
 * Reads `kubernetes_feature_enabled` (component-base, metrics/prometheus/feature) and
 * `apiserver_requested_deprecated_apis` (apiserver, endpoints/metrics) of a master's apiserver; empty without an answer.
 */
export function apiserverMetrics(master: Pick<ReadOnlyHost, "address">): Query<ApiserverMetrics> {
  const url = `${httpsUrl(master.address, APISERVER_PORT)}/metrics`;
  // Filtered on the host: all metrics are several megabytes.
  const script = sh`${apiCurl(20, sh``, sh`${url}`)} | grep -E '^(kubernetes_feature_enabled|apiserver_requested_deprecated_apis)[{]'`;
  return remoteAttempt(script, ({ stdout }) => {
    const all = [...stdout.matchAll(/^(\w+)\{(.*)\} /gm)].map(([, metric = "", labels = ""]) => ({
      metric,
      labels: new Map(
        [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value]),
      ),
    }));
    const of = (wanted: string) => all.filter(({ metric }) => metric === wanted).map(({ labels }) => labels);
    return {
      stages: new Map(
        of("kubernetes_feature_enabled").map((labels) => [
          labels.get("name") ?? "",
          (labels.get("stage") ?? "ALPHA") as FeatureStage,
        ]),
      ),
      deprecated: of("apiserver_requested_deprecated_apis").flatMap((labels) => {
        const removedIn = labels.get("removed_release") ?? "";
        const version = [labels.get("group"), labels.get("version")].filter(Boolean).join("/");
        return removedIn === "" ? [] : [{ name: `${version} ${labels.get("resource") ?? ""}`, removedIn }];
      }),
    };
  });
}
