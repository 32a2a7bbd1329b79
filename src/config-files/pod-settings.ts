import * as z from "zod";
import { Failure } from "../failure.js";
import { flags, withoutSlash } from "./static-pod.js";
import { readText } from "./yaml-text.js";

/** The settings of a static pod that kubeadm derives from its configuration. */
export interface PodSettings {
  /** Flag without dashes → its values in their order. */
  readonly flags: ReadonlyMap<string, readonly string[]>;
  /** Variable → its value, or its source as JSON. */
  readonly env: ReadonlyMap<string, string>;
  /** Path in the pod → its source on the host. */
  readonly mounts: ReadonlyMap<string, PodMount>;
  readonly image: string;
  /** The names of containers in addition to the component's own. */
  readonly sidecars: readonly string[];
}

/** The source of a path in a pod. */
export interface PodMount {
  /** The host path; another kind of volume as JSON. */
  readonly source: string;
  readonly readOnly: boolean;
}

const mount = z.object({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().nullish() });
const variable = z.object({
  name: z.string(),
  value: z.coerce.string().nullish(),
  valueFrom: z.unknown().optional(),
});
const container = z.object({
  name: z.string().optional(),
  image: z.string().optional(),
  env: z.array(variable).nullish(),
  volumeMounts: z.array(mount).nullish(),
});
const pod = z.object({
  spec: z.object({
    containers: z.array(container).min(1),
    volumes: z
      .array(z.looseObject({ name: z.string(), hostPath: z.object({ path: z.string() }).nullish() }))
      .nullish(),
  }),
});

/**
 * Reads the settings of a static-pod manifest; the order of flags, quotes and everything else do not matter.
 * @throws Failure if the text is not such a manifest
 */
export function podSettings(manifest: string): PodSettings {
  const { data, error } = pod.safeParse(readText(manifest, "the static-pod manifest").toJS());
  if (error) throw new Failure(`not a static-pod manifest: ${error.issues[0]?.path.join(".") ?? ""}`);
  const { spec } = data;
  const [own, ...others] = spec.containers;
  const sources = new Map(
    (spec.volumes ?? []).map(({ name, hostPath, ...rest }) => [
      name,
      hostPath ? withoutSlash(hostPath.path) : JSON.stringify(rest),
    ]),
  );
  const values = new Map<string, string[]>();
  for (const [name, value] of flags(manifest)) values.set(name, [...(values.get(name) ?? []), value]);
  return {
    flags: values,
    env: new Map(
      (own?.env ?? []).map(({ name, value, valueFrom }) => [
        name,
        valueFrom === undefined ? (value ?? "") : JSON.stringify(valueFrom),
      ]),
    ),
    mounts: new Map(
      (own?.volumeMounts ?? []).map(({ name, mountPath, readOnly }) => [
        withoutSlash(mountPath),
        { source: sources.get(name) ?? "", readOnly: readOnly === true },
      ]),
    ),
    image: own?.image ?? "",
    sidecars: others.map(({ name = "" }) => name),
  };
}
