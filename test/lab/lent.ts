/** What a node lends a pod whose image holds one program: a shell, curl, and how to find names. */
const PROGRAMS = ["/usr", "/lib", "/lib64", "/bin", "/etc/nsswitch.conf"];

/** Mounts of a container and volumes of its pod, for these programs and other paths of the node, for reading. */
export function lent(...others: readonly string[]) {
  const paths = [...PROGRAMS, ...others];
  return {
    mounts: paths.map((path, i) => ({ name: `lent${i}`, mountPath: path, readOnly: true })),
    volumes: paths.map((path, i) => ({ name: `lent${i}`, hostPath: { path } })),
  };
}
