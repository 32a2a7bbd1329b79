import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Fault } from "./fault.js";

const VIP = "10.88.0.100";
const SERVICE_DROP_IN = "/etc/systemd/system/haproxy.service.d";
/** An advertisement of VRRPv2, id 51, priority 100, one address, twice a second, as a third-party router sends it. */
const ROUTER = String.raw`while :; do printf '\041\063\144\001\000\001\000\000\012\130\000\143' | socat -u - IP4-SENDTO:224.0.0.18:112,ip-multicast-if=10.88.0.21; sleep 0.5; done`;

const SELINUX = readFileSync(join(import.meta.dirname, "../../lab/selinux-stand-in.sh"), "utf8");
const NO_SELINUX = `cd /usr/local/sbin && rm getenforce getsebool setsebool stat; rm -rf ${SERVICE_DROP_IN} /etc/selinux/config /var/lib/selinux/targeted; systemctl daemon-reload`;

const limit = ["[Service]", "LimitNOFILE=1024", "CapabilityBoundingSet=~CAP_SYS_RESOURCE"];

/** Faults of the load balancers. */
export const loadBalancerFaults: readonly Fault[] = [
  {
    name: "lb1: the apt mirror is unavailable",
    rounds: [
      {
        first: [{ on: "lb1", run: "mv /opt/debs /opt/debs.away" }],
        remove: [{ on: "lb1", run: "mv /opt/debs.away /opt/debs" }],
        reports: /lb1, step load-balancer-packages: [^]*\/opt\/debs/,
      },
    ],
  },
  {
    name: "lb1: the disk is full where haproxy.cfg belongs",
    rounds: [
      {
        when: { step: "nonlocal-bind", host: "lb1", at: "start" },
        inject: [
          {
            on: "lb1",
            run: "cp -a /etc/haproxy /run/full && mount -t tmpfs -o size=16k tmpfs /etc/haproxy && cp -a /run/full/. /etc/haproxy; cat /dev/zero >/etc/haproxy/fill 2>/dev/null; true",
          },
        ],
        remove: [{ on: "lb1", run: "umount /etc/haproxy; rm -rf /run/full" }],
        reports: /lb1, step haproxy: [^]*No space left on device/,
      },
    ],
  },
  {
    name: "lb2: haproxy's port is taken after the preflight",
    rounds: [
      {
        when: { step: "load-balancer-packages", host: "lb2", at: "start" },
        inject: [
          {
            on: "lb2",
            // Not nc, which shares its port with any other listener (SO_REUSEPORT), such as haproxy.
            run: `systemd-run -q --unit=squatter python3 -c 'import socket, time; s = socket.create_server(("", 6443)); time.sleep(9999)'`,
          },
        ],
        remove: [{ on: "lb2", run: "systemctl stop squatter" }],
        reports: /lb2, step haproxy: [^]*6443/,
      },
    ],
  },
  {
    name: "lb1: haproxy may open fewer files than maxconn needs",
    rounds: [
      {
        first: [
          {
            on: "lb1",
            run: `mkdir -p ${SERVICE_DROP_IN} && printf '%s\\n' ${limit.map((line) => `'${line}'`).join(" ")} >${SERVICE_DROP_IN}/limit.conf && systemctl daemon-reload`,
          },
        ],
        remove: [{ on: "lb1", run: `rm -r ${SERVICE_DROP_IN} && systemctl daemon-reload` }],
        reports: /lb1, step haproxy: [^]*(FD limit|ulimit|maxconn|maxsock)/,
      },
    ],
  },
  {
    name: "lb1: SELinux refuses haproxy its port, because the boolean was unset",
    rounds: [
      {
        first: [{ on: "lb1", run: SELINUX }],
        when: { step: "selinux", host: "lb1", at: "end" },
        // The stand-in's filter applies only to processes that start again.
        inject: [
          { on: "lb1", run: "setsebool -P haproxy_connect_any=off; systemctl restart haproxy || true" },
        ],
        // A process that unsets booleans may also disable SELinux.
        remove: [{ on: "lb1", run: NO_SELINUX }],
        reports: /lb1, step haproxy: [^]*Permission denied/,
      },
    ],
  },
  {
    name: "lb1, lb2: keepalived's check fails because no master is reachable",
    rounds: [
      {
        when: { step: "keepalived", host: "lb1", what: "service", at: "start" },
        inject: ["lb1", "lb2"].map((on) => ({
          on,
          run: "iptables -I OUTPUT -p tcp --dport 6443 -j REJECT",
        })),
        remove: ["lb1", "lb2"].map((on) => ({
          on,
          run: "iptables -D OUTPUT -p tcp --dport 6443 -j REJECT",
        })),
        reports: /lb[12], step keepalived: /,
      },
    ],
  },
  {
    name: "another host takes the VIP during the run",
    rounds: [
      {
        when: { step: "keepalived", host: "lb1", what: "keepalived-config", at: "end" },
        inject: [{ on: "worker1", run: `ip addr add ${VIP}/32 dev eth0` }],
        remove: [{ on: "worker1", run: `ip addr del ${VIP}/32 dev eth0` }],
        reports: /worker1[^]*10\.88\.0\.100/,
      },
    ],
  },
  {
    name: "a third-party router uses the same virtual router ID during the run",
    rounds: [
      {
        when: { step: "firewall", host: "lb1", at: "end" },
        inject: [
          { on: "worker1", run: `cat >/root/router.sh <<'END'\n${ROUTER}\nEND` },
          { on: "worker1", run: "systemd-run -q --unit=router /bin/sh /root/router.sh" },
        ],
        remove: [{ on: "worker1", run: "systemctl stop router; rm /root/router.sh" }],
        reports: /10\.88\.0\.21|VRRP/,
        mayPass: true,
      },
    ],
  },
];
