/** Exit codes of k8s-ha. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  changesPending: 3,
  stopped: 4,
  rolledBack: 5,
  locked: 6,
  invalidFile: 7,
  drifted: 8,
  warningsFound: 9,
  errorsFound: 10,
  interrupted: 130,
} as const;

/** What each code means, as docs/cli.md and the manual page have it. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  done: "done, or nothing to do",
  failed: "failed, or blocked; nothing to roll back",
  usage: "invalid command line",
  changesPending: "changes are pending, or the last run is incomplete (`--detailed-exitcode`)",
  stopped: "stopped as requested, or a confirmation was declined; `--resume` continues a run that had begun",
  rolledBack:
    "failed, and all changes were rolled back, except on hosts that the output lists (`--on-failure rollback`)",
  locked: "another run is changing this cluster",
  invalidFile: "invalid inventory, playbook or plan file",
  drifted:
    "drift since the plan was saved or the run was started (drift that is found only when a step is reached: code 1)",
  warningsFound: "`doctor` found warnings, but no errors",
  errorsFound: "`doctor` found errors",
  interrupted: "aborted (second Ctrl-C)",
};
