/** Exit codes of k8s-ha; docs/cli.md describes them. */
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
  interrupted: 130,
} as const;
