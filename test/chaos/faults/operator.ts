import type { Fault } from "./fault.js";

/** Faults of the machine that k8s-ha runs on. */
export const operatorFaults: readonly Fault[] = [
  {
    name: "the operator's disk is full under the journal",
    rounds: [
      {
        first: [{ onOperator: "mkdir -p state && mount -t tmpfs -o size=1m tmpfs state" }],
        when: { step: "haproxy", host: "lb1", at: "start" },
        inject: [{ onOperator: "dd if=/dev/zero of=state/filler bs=4k 2>/dev/null || true" }],
        remove: [
          { onOperator: "rm -f state/filler; cp -a state kept && umount state && cp -a kept/. state/" },
        ],
        reports: /cannot write the journal .*ENOSPC/,
      },
    ],
  },
];
