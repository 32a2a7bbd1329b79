import type { TimedChange } from "../chaos/kills.js";

const timed = (step: string, host: string, what: string, ms: number): TimedChange => ({
  step,
  host,
  name: `${step} ${host}: ${what}`,
  ms,
});

/** Some of the changes of a reference run on the lab, in order. */
export const changes: readonly TimedChange[] = [
  timed("backup", "lb1", "backup", 73),
  timed("backup", "master1", "backup", 773),
  timed("load-balancer-packages", "lb1", "packages", 2620),
  timed("nonlocal-bind", "lb2", "file /etc/sysctl.d/90-k8s-ha.conf", 25),
  timed("haproxy", "lb1", "file /etc/haproxy/haproxy.cfg", 56),
  timed("haproxy", "lb1", "service haproxy", 376),
  timed("keepalived", "lb1", "service keepalived", 449),
  timed("join", "master2", "join", 20_772),
  timed("join", "master3", "join", 13_491),
];
