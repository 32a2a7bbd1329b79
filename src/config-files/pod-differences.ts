import { harmOf } from "./harmful-flags.js";
import { effectiveValue } from "./flag-values.js";
import type { PodMount, PodSettings } from "./pod-settings.js";
import { isWithin, KUBEADM_MOUNTS, pathsIn } from "./static-pod-paths.js";

/** A setting that a static pod of a new control-plane node would have otherwise than the running one. */
export interface PodDifference {
  readonly kind: "flag" | "variable" | "mount" | "image" | "container";
  /** For messages, such as `--v`. */
  readonly name: string;
  /** The running pod's value, for messages; absent if it has none. */
  readonly running?: string;
  /** The new pod's value, for messages; absent if it has none. */
  readonly joining?: string;
  /** Why they must not differ; absent if that only has to be known. */
  readonly harm?: string;
}

/** Flags that differ between control-plane nodes, or that are set while one joins. */
const OWN: Readonly<Record<string, RegExp>> = {
  etcd: /^(name|initial-cluster|initial-cluster-state|initial-advertise-peer-urls|advertise-client-urls|listen-(client|peer)-urls)$/,
  "kube-apiserver": /^advertise-address$/,
};

/** The differences between a running static pod and the one that a new control-plane node would get. */
export function podDifferences(pod: string, running: PodSettings, joining: PodSettings): PodDifference[] {
  return [
    ...flagDifferences(pod, running, joining),
    ...variableDifferences(running, joining),
    ...mountDifferences(running, joining),
    ...(running.image === joining.image ? [] : [difference("image", "image", running.image, joining.image)]),
    ...names(running.sidecars, joining.sidecars).flatMap((name) => {
      const [here, there] = [running, joining].map(({ sidecars }) =>
        sidecars.includes(name) ? "present" : undefined,
      );
      return here === there ? [] : [difference("container", `container ${name}`, here, there)];
    }),
  ];
}

function difference(
  kind: PodDifference["kind"],
  name: string,
  running: string | undefined,
  joining: string | undefined,
  harm?: string,
): PodDifference {
  return {
    kind,
    name,
    ...(running !== undefined && { running }),
    ...(joining !== undefined && { joining }),
    ...(harm !== undefined && { harm }),
  };
}

function names(running: Iterable<string>, joining: Iterable<string>): string[] {
  return [...new Set([...running, ...joining])].toSorted();
}

function flagDifferences(pod: string, running: PodSettings, joining: PodSettings): PodDifference[] {
  return names(running.flags.keys(), joining.flags.keys())
    .filter((name) => OWN[pod]?.test(name) !== true)
    .flatMap((name) => {
      const [here, there] = [running, joining].map(({ flags }) => effectiveValue(name, flags.get(name)));
      if (here === there) return [];
      // A default is only compared, not shown.
      const [shownHere, shownThere] = [running, joining].map(({ flags }, side) =>
        flags.has(name) ? [here, there][side] : undefined,
      );
      return [difference("flag", `--${name}`, shownHere, shownThere, harmOf(pod, name))];
    });
}

/** The values of variables may be secret, so they are not shown. */
function variableDifferences(running: PodSettings, joining: PodSettings): PodDifference[] {
  return names(running.env.keys(), joining.env.keys()).flatMap((name) => {
    const [here, there] = [running.env.get(name), joining.env.get(name)];
    if (here === there) return [];
    const [shownHere, shownThere] =
      here === undefined ? [undefined, "set"] : ["set", there === undefined ? undefined : "another value"];
    return [difference("variable", `variable ${name}`, shownHere, shownThere)];
  });
}

function mountDifferences(running: PodSettings, joining: PodSettings): PodDifference[] {
  return names(running.mounts.keys(), joining.mounts.keys()).flatMap((path) => {
    const [here, there] = [running.mounts.get(path), joining.mounts.get(path)];
    const sides = [here, there].flatMap((mount) => (mount === undefined ? [] : [mount]));
    // kubeadm mounts those of these directories that exist on the machine.
    if (sides.every(({ source }) => KUBEADM_MOUNTS.includes(source))) return [];
    const [shownHere, shownThere] = [here, there].map(inWords);
    if (shownHere === shownThere) return [];
    const lost = there === undefined ? lostFile(path, joining) : undefined;
    const harm = lost && `the pod would not start, because ${lost} is not mounted`;
    return [difference("mount", `mount ${path}`, shownHere, shownThere, harm)];
  });
}

/** A file that a flag of the new pod names in a mount that the pod lacks. */
function lostFile(mountPath: string, joining: PodSettings): string | undefined {
  return [...joining.flags.values()]
    .flat()
    .flatMap(pathsIn)
    .find(
      (path) => isWithin(path, mountPath) && ![...joining.mounts.keys()].some((at) => isWithin(path, at)),
    );
}

function inWords(mount: PodMount | undefined): string | undefined {
  return mount && `${mount.source}${mount.readOnly ? ", read-only" : ""}`;
}
