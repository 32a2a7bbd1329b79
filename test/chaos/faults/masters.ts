import type { Fault } from "./fault.js";

const APISERVER = "/etc/kubernetes/manifests/kube-apiserver.yaml";
/** Not `sed -i`: the kubelet would read its temporary file as another pod manifest. */
const edited = (program: string): string =>
  `sed '${program}' ${APISERVER} >/run/edited.yaml && cat /run/edited.yaml >${APISERVER} && rm /run/edited.yaml`;

/** Faults of the control-plane machines, and of any machine. */
export const masterFaults: readonly Fault[] = [
  {
    name: "master1: the disk is full where the backup belongs",
    rounds: [
      {
        first: [
          { on: "master1", run: "mkdir -p /var/backups && mount -t tmpfs -o size=64k tmpfs /var/backups" },
        ],
        remove: [{ on: "master1", run: "umount /var/backups" }],
        reports: /master1, step backup: [^]*No space left on device/,
      },
    ],
  },
  {
    name: "master2: the disk is full when it joins",
    rounds: [
      {
        first: [
          {
            on: "master2",
            run: "mkdir -p /run/full && cp -a /etc/kubernetes/. /run/full/ && mount -t tmpfs -o size=16k tmpfs /etc/kubernetes && cp -a /run/full/. /etc/kubernetes/",
          },
        ],
        remove: [{ on: "master2", run: "umount /etc/kubernetes; rm -rf /run/full" }],
        reports: /master2, step (join|pki): [^]*no space left on device/i,
      },
    ],
  },
  {
    name: "master2: containerd is stopped when it joins",
    rounds: [
      {
        when: { step: "pki", at: "start" },
        inject: [{ on: "master2", run: "systemctl stop containerd" }],
        remove: [{ on: "master2", run: "systemctl start containerd" }],
        reports: /master2, step join: [^]*containerd/,
      },
    ],
  },
  {
    name: "master1: containerd is stopped when its components restart",
    rounds: [
      {
        when: { step: "component-kubeconfigs", host: "master1", at: "start" },
        inject: [{ on: "master1", run: "systemctl stop containerd" }],
        remove: [{ on: "master1", run: "systemctl start containerd" }],
        reports: /master1, step component-kubeconfigs: [^]*containerd/,
      },
    ],
  },
  {
    name: "master1: the apiserver does not come back: an unknown flag is in its manifest",
    rounds: [
      {
        when: { step: "join", host: "master3", at: "end" },
        inject: [{ on: "master1", run: edited("/^    - kube-apiserver$/a\\    - --no-such-flag") }],
        remove: [{ on: "master1", run: edited("/--no-such-flag/d") }],
        reports: /master1, step (join|advertise): [^]*master1/,
      },
    ],
  },
  {
    name: "lb2: sudo is refused during the run",
    rounds: [
      {
        when: { step: "nonlocal-bind", host: "lb2", at: "start" },
        inject: [{ on: "lb2", run: "mv /etc/sudoers.d/admin /root/" }],
        remove: [{ on: "lb2", run: "mv /root/admin /etc/sudoers.d/" }],
        reports: /lb2, step [\w-]+: (admin cannot become root on lb2|sudo password is required)/,
      },
    ],
  },
  {
    // The hosts share the machine's clock. So this tests the clock check, not the effect of a wrong clock on
    // certificates.
    name: "worker1: its clock is ten minutes ahead",
    rounds: [
      {
        first: [
          {
            on: "worker1",
            run: `printf '%s\\n' '#!/bin/sh' 'case $1 in +%s.%N) echo $(($(/bin/date +%s) + 600)).0 ;; *) exec /bin/date "$@" ;; esac' >/usr/local/bin/date && chmod 755 /usr/local/bin/date`,
          },
        ],
        remove: [{ on: "worker1", run: "rm /usr/local/bin/date" }],
        reports: /its clock differs by [56]\d\d\.\d s/,
      },
    ],
  },
];
