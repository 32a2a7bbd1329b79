import { hostPort, isIPv6 } from "../address.js";
import { sh } from "../shell/shell.js";
import { remoteAttempt, type Query } from "./query.js";

/** Listeners that were started on a host for port probes. */
export interface Listeners {
  /** The ports on which a program listens on that address: a listener, or whatever used the port before. */
  readonly ports: readonly number[];
  /** Process IDs; a process ends with its listener. */
  readonly processes: readonly number[];
}

/** A listener ends by itself after these seconds, also if the connection to its host is lost. */
const LIFETIME = 30;

/**
 * Accepts one connection after another and drops it, as no client agrees with a TLS server without a certificate. OpenSSL
 * before 1.1.0 knows only ports.
 */
const SERVER = `openssl s_server -nocert -quiet -accept "$1" || exec openssl s_server -nocert -quiet -accept "$2"`;

/**
 * Starts a listener on each of these ports of a host's address that is free, and waits up to 2 s until it accepts
 * connections. It starts none while kubeadm runs there, and leaves no files.
 */
export function startListeners(address: string, ports: readonly number[]): Query<Listeners> {
  const targets = ports.map((port) => hostPort(address, port));
  // A terminal that closes must not end the listeners. A join by another run needs the ports itself.
  const script = sh`trap '' HUP
! pgrep -x kubeadm >/dev/null || exit 0
for at in ${targets}; do
  timeout ${LIFETIME} sh -c ${SERVER} listener "$at" "\${at##*:}" </dev/null >/dev/null 2>&1 &
  echo "process $!"
done
for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  missing=
  for port in ${ports.map(String)}; do [ -n "$(ss -Hltn "sport = :$port")" ] || missing=1; done
  [ -n "$missing" ] || break
  sleep 0.1
done
ss -Hltn`;
  return remoteAttempt(script, ({ stdout }) => ({
    ports: listenedOn(stdout, address, ports),
    processes: [...stdout.matchAll(/^process (\d+)$/gm)].map(([, id]) => Number(id)),
  }));
}

/** Ends listeners; returns those of their ports on which a program listened up to now. */
export function stopListeners(address: string, { ports, processes }: Listeners): Query<Listeners["ports"]> {
  const script = sh`ss -Hltn
for p in ${processes.map(String)}; do
  if grep -qs 'openssl s_server' "/proc/$p/cmdline"; then kill "$p"; fi
done`;
  return remoteAttempt(script, ({ stdout }) => listenedOn(stdout, address, ports));
}

/** The ports with a program that listens on the address, from the output of `ss -Hltn`. */
function listenedOn(rows: string, address: string, ports: readonly number[]): readonly number[] {
  const everywhere = isIPv6(address) ? ["*", "[::]"] : ["*", "0.0.0.0"];
  const found = new Set(rows.split("\n").map((row) => row.trim().split(/\s+/)[3] ?? ""));
  return ports.filter((port) =>
    [hostPort(address, port), ...everywhere.map((any) => `${any}:${port}`)].some((at) => found.has(at)),
  );
}
