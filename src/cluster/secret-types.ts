import type { ReadOnlyFleet } from "../machine/fleet.js";
import { kubectl } from "../machine/kubectl.js";
import { query } from "../machine/query.js";

/** A Secret of kube-system, without its content. */
export interface SecretType {
  readonly name: string;
  readonly type: string;
  /** Of a join token, in seconds since the epoch; absent if it has none. */
  readonly expiration?: number;
}

/** A template, so that nothing else of a Secret leaves the master. The time is not secret. */
const COLUMNS = `{{range .items}}{{.metadata.name}} {{.type}} {{with .data}}{{with .expiration}}{{.}}{{end}}{{end}}{{"\\n"}}{{end}}`;

/** The join tokens and uploaded certificates among the Secrets of kube-system, without their contents. */
export function secretTypes(fleet: ReadOnlyFleet): Promise<readonly SecretType[]> {
  const master = fleet.firstMaster;
  return master.ask(
    query(kubectl(master, ["-n", "kube-system", "get", "secrets", "-o", `go-template=${COLUMNS}`]), (out) =>
      out.split("\n").flatMap((line): SecretType[] => {
        const [name = "", type = "", expiration = ""] = line.split(" ");
        if (name === "") return [];
        const end = Date.parse(Buffer.from(expiration, "base64").toString()) / 1000;
        return [{ name, type, ...(Number.isNaN(end) ? {} : { expiration: end }) }];
      }),
    ),
  );
}
