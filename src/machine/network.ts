import { ipFamily, type Family } from "../address.js";
import { sh } from "../shell/shell.js";
import { query, remoteAttempt, type Query } from "./query.js";

/** Whether a TCP port answers, refuses (reachable, nobody listens) or stays silent (a firewall, a missing route). */
export type PortAnswer = "open" | "refused" | "silent";

/** Connects to a TCP port; gives up after 2 s. bash's /dev/tcp: no netcat is needed on the host. */
export function probePort(address: string, port: number): Query<PortAnswer> {
  const script = sh`timeout 2 bash -c ${`exec 3<>/dev/tcp/${address}/${port}`} 2>&1`;
  return remoteAttempt(script, ({ code, stdout }) => {
    if (code === 0) return "open";
    return /refused/i.test(stdout) ? "refused" : "silent";
  });
}

/** The HTTP status that a URL answers with, without looking at its certificate; 0 for no answer within 3 s. */
export function httpStatus(url: string): Query<number> {
  const script = sh`curl -sk -o /dev/null -w '%{http_code}' --max-time 3 ${url}`;
  return remoteAttempt(script, ({ stdout }) => Number(stdout) || 0);
}

/** {@link httpStatus} for who trusts one CA and looks at the names in the certificate; `undefined` where that file is not there. */
export function trustedStatus(url: string, caFile: string): Query<number | undefined> {
  const script = sh`[ -f ${caFile} ] || { echo none; exit; }
curl -s --cacert ${caFile} -o /dev/null -w '%{http_code}' --max-time 3 ${url}`;
  return remoteAttempt(script, ({ stdout }) => (stdout.trim() === "none" ? undefined : Number(stdout) || 0));
}

/** The addresses of one family that a name stands for on the host, by DNS or /etc/hosts; none where nothing knows it. */
export function resolved(name: string, family: Family): Query<readonly string[]> {
  const script = sh`timeout 20 getent ${family === "ipv4" ? "ahostsv4" : "ahostsv6"} ${name}`;
  // What has no IPv6 address comes back with its IPv4 addresses in that form.
  return remoteAttempt(script, ({ stdout }) => [
    ...new Set([...stdout.matchAll(/^(?!::ffff:)([\da-f.:]+)\s/gm)].map((m) => m[1] ?? "")),
  ]);
}

/** Every address of the host with its interface and prefix length. */
export const addresses: Query<readonly { interface: string; address: string; prefixLength: number }[]> =
  query(sh`ip -o addr show`, (out) =>
    [...out.matchAll(/^\d+: (\S+)\s+inet6? ([\da-f.:]+)\/(\d+)/gm)].map((m) => ({
      interface: m[1] ?? "",
      address: m[2] ?? "",
      prefixLength: Number(m[3]),
    })),
  );

/** The interface over which an address on the same network is reached; `undefined` when it is behind a router. */
export function directInterface(address: string): Query<string | undefined> {
  return query(sh`ip ${ipFamily(address)} route get ${address} || true`, (out) => {
    if (/\svia\s/.test(out)) return undefined;
    if (/^local\s/.test(out)) return undefined;
    return /\sdev (\S+)/.exec(out)?.[1];
  });
}

/** TCP ports on which programs listen, on whatever address; a program whose name is not known is `?`. */
export const listeningPorts: Query<ReadonlyMap<number, readonly string[]>> = query(sh`ss -Hltnp`, (out) => {
  const found = new Map<number, string[]>();
  for (const row of out.split("\n").filter((line) => line !== "")) {
    const local = row.trim().split(/\s+/)[3] ?? "";
    const port = Number(local.slice(local.lastIndexOf(":") + 1));
    const program = /users:\(\("([^"]+)"/.exec(row)?.[1] ?? "?";
    found.set(port, [...new Set([...(found.get(port) ?? []), program])]);
  }
  return found;
});

/** The addresses at which a program of this name listens on a TCP port; `*`, `0.0.0.0` or `::` for all of the host. */
export function listeningAddresses(program: string, port: number): Query<readonly string[]> {
  return query(sh`ss -Hltnp ${`sport = :${port}`}`, (out) =>
    out
      .split("\n")
      .filter((row) => row.includes(`("${program}",`))
      .map((row) => (row.trim().split(/\s+/)[3] ?? "").replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1")),
  );
}

/** The `ADDRESS:PORT` that a program of this name is connected to; an IPv6 address in brackets. */
export function peersOf(program: string): Query<readonly string[]> {
  const script = sh`ss -Htnp state established | awk -v p=${`"${program}"`} 'index($0, p) && !seen[$4]++ { print $4 }'`;
  return query(script, (out) =>
    out
      .split("\n")
      .filter((peer) => peer !== "")
      .map((peer) =>
        peer.replace(/^\[(?:::ffff:([\d.]+)|([^\]]+))\]/, (_, four?: string, six = "") => four ?? `[${six}]`),
      ),
  );
}
