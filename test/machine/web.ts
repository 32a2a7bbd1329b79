import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The URL of the member list on etcd's gateway. */
export const ETCD_MEMBERS = "https://127.0.0.1:2379/v3/cluster/member/list";
/** The URL with which etcd's alarms are queried; by default it reports none. */
export const ETCD_ALARMS = "https://127.0.0.1:2379/v3/maintenance/alarm";

/** A curl that responds from the folders that {@link Web} fills, in order; the last response is repeated. */
const CURL = `#!/bin/sh
{ printf '%s\\037' curl "$@"; printf '\\036'; } >>"$SANDBOX/calls"
# Servers that a test itself starts.
case "$*" in *http://*) PATH=\${PATH#*:} exec curl "$@" ;; esac
case "$*" in *'--key /dev/fd/0'*) cat /dev/fd/3 >"$SANDBOX/given-certificate"; cat >"$SANDBOX/given-key" ;; esac
format= fail= out= agent=curl/7.88.1 urls= status=0
while [ $# -gt 0 ]; do
  case $1 in
  -w) format=$2; shift ;;
  -A) agent=$2; shift ;;
  -o) out=$2; shift ;;
  -d | --connect-timeout | --max-time | --cacert | --cert | --key) shift ;;
  -f) fail=1 ;;
  https://*) urls="$urls $1" ;;
  esac
  shift
done
for url in $urls; do
  rest=\${url#https://}
  server=\${rest%%/*}
  case $server,$agent in *:6443,curl*) form=indented ;; *) form=compact ;; esac
  folder=$SANDBOX/web/$server/$(printf %s "\${rest#*/}" | tr -c 'A-Za-z0-9' _)
  status=0 code=404 body='{"kind":"Status","message":"there is no '$url'","code":404}'
  if [ ! -d "$SANDBOX/web/$server" ]; then
    echo "curl: (7) Failed to connect to \${server%:*} port \${server#*:}: Connection refused" >&2
    status=7 code=000 body=
  elif [ -d "$folder" ]; then
    set -- "$folder"/*.code
    code=$(cat "$1")
    body=$(cat "\${1%.code}.$form")
    [ $# = 1 ] || rm "\${1%.code}".*
  fi
  if [ -n "$fail" ] && [ "$code" -ge 400 ]; then
    echo "curl: (22) The requested URL returned error: $code" >&2
    status=22
  elif [ -z "$out" ] && [ "$status" = 0 ]; then
    printf %s "$body"
  fi
  printf %s "$format" | sed "s|%{http_code}|$code|g; s|%{url_effective}|$url|g" | sed 's|\\\\n|\\n|g'
done
exit $status
`;

/** A response other than 200, as the API writes it. */
export function status(code: number, message: string): object {
  return { kind: "Status", status: "Failure", message, code };
}

/** A member of etcd as its gateway lists it, and its health (`undefined`: it does not respond). */
export interface ServedMember {
  readonly ID?: string;
  readonly name?: string;
  readonly peerURLs?: readonly string[];
  readonly clientURLs?: readonly string[];
  readonly isLearner?: boolean;
  readonly healthy?: boolean;
}

/** An admin.conf as kubeadm writes it, with placeholders for certificate and key. */
const ADMIN_CONF = `apiVersion: v1
contexts:
- context:
    cluster: kubernetes
    user: kubernetes-admin
  name: kubernetes-admin@kubernetes
current-context: kubernetes-admin@kubernetes
kind: Config
users:
- name: kubernetes-admin
  user:
    client-certificate-data: ${Buffer.from("the certificate").toString("base64")}
    client-key-data: ${Buffer.from("the key").toString("base64")}
`;

/**
 * What curl can reach from a sandbox: an apiserver and etcd's gateway, each refusing connections until a test sets a
 * response.
 */
export class Web {
  constructor(private readonly root: string) {
    writeFileSync(join(root, "bin/curl"), CURL, { mode: 0o755 });
  }

  /**
   * The objects of a master's apiserver, by path; all other paths are 404. An array is a sequence of responses. JSON is
   * indented for curl, as by the real one.
   */
  api(objects: Readonly<Record<string, unknown>>, address = "10.88.0.11"): void {
    const server = `https://${address}:6443`;
    mkdirSync(this.#folder(`${server}/`), { recursive: true });
    for (const [path, object] of Object.entries(objects)) {
      this.#serve(`${server}${path}`, Array.isArray(object) ? object : [object], 2);
    }
  }

  /** Gives the host an admin.conf; without it, an API query reports that first. */
  login(): void {
    const file = join(this.root, "etc/kubernetes/admin.conf");
    mkdirSync(join(this.root, "etc/kubernetes"), { recursive: true });
    writeFileSync(file, ADMIN_CONF);
  }

  /**
   * The members that etcd on the first master lists, each of which reports its health; several lists: a sequence of
   * responses.
   */
  etcd(...lists: (readonly ServedMember[])[]): void {
    const bodies = lists.map((list) => ({
      header: {},
      // JSON omits undefined values.
      members: list.map((member) => ({ ...member, healthy: undefined })),
    }));
    this.#serve(ETCD_MEMBERS, bodies);
    this.#serve(ETCD_ALARMS, [{ header: {} }]);
    for (const { clientURLs = [], healthy } of lists.flat()) {
      for (const url of clientURLs) {
        if (healthy !== undefined) this.#serve(`${url}/health`, [{ health: String(healthy) }]);
      }
    }
  }

  /** Sets the response to a URL; a string as it is, any other value as JSON. */
  serve(url: string, answer: unknown): void {
    this.#serve(url, [answer]);
  }

  /** The file of a URL's first response, for a program that changes it. */
  answerTo(url: string): string {
    return join(this.#folder(url), "000.compact");
  }

  /** Stops serving: connections are refused. */
  stopServing(): void {
    rmSync(join(this.root, "web"), { recursive: true, force: true });
  }

  #serve(url: string, objects: readonly unknown[], indent?: number): void {
    const folder = this.#folder(url);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    objects.forEach((object, i) => {
      const name = join(folder, String(i).padStart(3, "0"));
      const { kind, code } = object as { kind?: string; code?: number };
      writeFileSync(`${name}.code`, String(kind === "Status" ? code : 200));
      writeFileSync(`${name}.compact`, typeof object === "string" ? object : JSON.stringify(object));
      writeFileSync(
        `${name}.indented`,
        typeof object === "string" ? object : JSON.stringify(object, undefined, indent),
      );
    });
  }

  #folder(url: string): string {
    const [, server = "", path = ""] = /^https:\/\/([^/]+)\/(.*)$/.exec(url) ?? [];
    return join(this.root, "web", server, path.replaceAll(/[^A-Za-z0-9]/g, "_"));
  }
}
