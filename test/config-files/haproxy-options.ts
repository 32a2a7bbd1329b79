import type { HaproxyOptions } from "../../src/config-files/haproxy.js";

/** A haproxy with all defaults; the tests change one thing at a time. */
export const haproxyOptions: HaproxyOptions = {
  vip: "10.88.0.100",
  port: 6443,
  masters: [
    { name: "master1", address: "10.88.0.11", port: 6443 },
    { name: "master2", address: "10.88.0.12", port: 6443 },
    { name: "master3", address: "10.88.0.13", port: 6443 },
  ],
  stats: { port: 8404 },
  monitor: false,
  servers: { inter: "1s", fastinter: "200ms", downinter: "500ms", fall: 3, rise: 1 },
  timeouts: { connect: "5s", client: "1h", server: "1h" },
  maxconn: 4000,
};
