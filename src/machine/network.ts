import { ipFamily, type Family } from "../address.js";
import { sh } from "../shell/shell.js";
import { query, remoteAttempt, type Query } from "./query.js";

/** The result of a TCP connect: open, refused (reachable, not listening) or silent (a firewall, a missing route). */
export type PortAnswer = "open" | "refused" | "silent";

/** Connects to a TCP port, with a timeout of 2 s. Uses bash's /dev/tcp: the host needs no netcat. */
export function probePort(address: string, port: number): Query<PortAnswer> {
  const script = sh`timeout 2 bash -c ${`exec 3<>/dev/tcp/${address}/${port}`} 2>&1`;
  return remoteAttempt(script, ({ code, stdout }) => {
    if (code === 0) return "open";
    return /refused/i.test(stdout) ? "refused" : "silent";
  });
}

/** Like {@link probePort}, for several ports at the same time; the answers are in the order of the targets. */
export function probePorts(
  targets: readonly { readonly address: string; readonly port: number }[],
): Query<readonly PortAnswer[]> {
  const paths = targets.map(({ address, port }) => `${address}/${port}`);
  const script = sh`for at in ${paths}; do
  { error=$(timeout 2 bash -c "exec 3<>/dev/tcp/$at" 2>&1); echo "$at $? \${error##*: }"; } &
done
wait`;
  return remoteAttempt(script, ({ stdout }) => {
    const rows = stdout.split("\n").map((line) => line.split(" "));
    return paths.map((path) => {
      const [, code, ...error] = rows.find(([at]) => at === path) ?? [];
      if (code === "0") return "open";
      return /refused/i.test(error.join(" ")) ? "refused" : "silent";
    });
  });
}

/** The HTTP status of a URL, without certificate verification; 0 for no response within 3 s. */
export function httpStatus(url: string): Query<number> {
  const script = sh`curl -sk -o /dev/null -w '%{http_code}' --max-time 3 ${url}`;
  return remoteAttempt(script, ({ stdout }) => Number(stdout) || 0);
}

/** {@link httpStatus} with certificate and name verification against one CA; `undefined` if the CA file does not exist. */
export function trustedStatus(url: string, caFile: string): Query<number | undefined> {
  const script = sh`[ -f ${caFile} ] || { echo none; exit; }
curl -s --cacert ${caFile} -o /dev/null -w '%{http_code}' --max-time 3 ${url}`;
  return remoteAttempt(script, ({ stdout }) => (stdout.trim() === "none" ? undefined : Number(stdout) || 0));
}

/** The addresses of one family that a name resolves to on the host, by DNS or /etc/hosts; empty if it does not resolve. */
export function resolved(name: string, family: Family): Query<readonly string[]> {
  const script = sh`timeout 20 getent ${family === "ipv4" ? "ahostsv4" : "ahostsv6"} ${name}`;
  // A name without IPv6 addresses gives its IPv4 addresses as ::ffff:A.B.C.D.
  return remoteAttempt(script, ({ stdout }) => [
    ...new Set([...stdout.matchAll(/^(?!::ffff:)([\da-f.:]+)\s/gm)].map((m) => m[1] ?? "")),
  ]);
}

/** All addresses of the host with interface and prefix length. */
export const addresses: Query<readonly { interface: string; address: string; prefixLength: number }[]> =
  query(sh`ip -o addr show`, (out) =>
    [...out.matchAll(/^\d+: (\S+)\s+inet6? ([\da-f.:]+)\/(\d+)/gm)].map((m) => ({
      interface: m[1] ?? "",
      address: m[2] ?? "",
      prefixLength: Number(m[3]),
    })),
  );

/** The names of an address, by DNS or /etc/hosts on the host; empty if it has none. */
export function namesOf(address: string): Query<readonly string[]> {
  const script = sh`timeout 10 getent hosts ${address}`;
  return remoteAttempt(script, ({ stdout }) => (stdout.split("\n")[0] ?? "").trim().split(/\s+/).slice(1));
}

/** Addresses of other machines that the host knows: its routers, and its neighbors that answered. */
export const neighbors: Query<readonly string[]> = query(
  sh`{ ip -o route show default; ip -6 -o route show default; ip -o neigh show; } 2>/dev/null || true`,
  (out) =>
    out.split("\n").flatMap((line) => {
      if (/ (FAILED|INCOMPLETE)\b/.test(line)) return [];
      return (/^default .*?\bvia ([\da-f.:]+)/.exec(line) ?? /^([\da-f.:]+) dev /.exec(line))?.[1] ?? [];
    }),
);

/** The interface to an address on the same network; `undefined` if the address is local or behind a router. */
export function directInterface(address: string): Query<string | undefined> {
  return query(sh`ip ${ipFamily(address)} route get ${address} || true`, (out) => {
    if (/\svia\s/.test(out)) return undefined;
    if (/^local\s/.test(out)) return undefined;
    return /\sdev (\S+)/.exec(out)?.[1];
  });
}

/** TCP ports on which programs listen, on any address; an unknown program is `?`. */
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

/** The addresses on which a program listens on a TCP port; `*`, `0.0.0.0` or `::` for all addresses. */
export function listeningAddresses(program: string, port: number): Query<readonly string[]> {
  return query(sh`ss -Hltnp ${`sport = :${port}`}`, (out) =>
    out
      .split("\n")
      .filter((row) => row.includes(`("${program}",`))
      .map((row) => (row.trim().split(/\s+/)[3] ?? "").replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1")),
  );
}

/** The `ADDRESS:PORT` peers of a program's connections; an IPv6 address in brackets. */
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
