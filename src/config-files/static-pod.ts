import { isScalar, isSeq, type Scalar, type YAMLSeq } from "yaml";
import * as z from "zod";
import { Failure } from "../failure.js";
import { readText, replaceAt, replaceScalar, scalarText } from "./yaml-text.js";

function command(manifest: string): YAMLSeq {
  const list = readText(manifest, "the static-pod manifest").getIn(["spec", "containers", 0, "command"]);
  if (!isSeq(list)) throw new Failure("the static-pod manifest has no spec.containers[0].command list");
  return list;
}

function words(list: YAMLSeq): { word: string; node: Scalar.Parsed }[] {
  return list.items.flatMap((item) =>
    isScalar(item) ? [{ word: String(item.value), node: item as Scalar.Parsed }] : [],
  );
}

/**
 * The program and the arguments of a static-pod manifest.
 * @throws Failure if the text is not such a manifest
 */
export function commandLine(manifest: string): readonly string[] {
  const args = readText(manifest, "the static-pod manifest").getIn(["spec", "containers", 0, "args"]);
  return [...words(command(manifest)), ...(isSeq(args) ? words(args) : [])].map(({ word }) => word);
}

/**
 * The value of a flag (named without dashes) in a static-pod manifest's command; the last one applies, as in the
 * component itself. A flag without a value is `true`. Undefined if it is absent.
 * @throws Failure if the text is not such a manifest
 */
export function flag(manifest: string, name: string): string | undefined {
  const own = words(command(manifest)).filter(
    ({ word }) => word === `--${name}` || word.startsWith(`--${name}=`),
  );
  const last = own.at(-1)?.word;
  return last === `--${name}` ? "true" : last?.slice(name.length + 3);
}

/**
 * Every flag of a static pod's command and arguments, named without dashes, with its value, which may be the next word;
 * flags may be repeated. As in the components, `_` in a name is `-`, and one dash is as good as two (etcd).
 * @throws Failure if the text is not YAML
 */
export function flags(manifest: string): readonly (readonly [name: string, value: string])[] {
  const document = readText(manifest, "the static-pod manifest");
  const lists = ["command", "args"].map((key) => document.getIn(["spec", "containers", 0, key]));
  const all = lists.flatMap((list) => (isSeq(list) ? words(list) : [])).map(({ word }) => word);
  return all.flatMap((word, index) => {
    const [, name = "", value] = /^--?([^=]+)(?:=([^]*))?$/.exec(word) ?? [];
    if (name === "") return [];
    const next = all[index + 1];
    const apart = next === undefined || next.startsWith("-") ? "true" : next;
    return [[name.replaceAll("_", "-"), value ?? apart] as const];
  });
}

/** A host path that a static pod mounts. */
export interface HostMount {
  readonly path: string;
  /** The path in the pod. */
  readonly mountPaths: readonly string[];
  /** The hostPath type, such as `FileOrCreate`; without it, the kubelet does not check the path. */
  readonly type?: string;
  readonly readOnly: boolean;
}

const pod = z.object({
  spec: z.object({
    containers: z.array(
      z.object({
        volumeMounts: z
          .array(z.object({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().optional() }))
          .optional(),
      }),
    ),
    volumes: z
      .array(
        z.object({
          name: z.string(),
          hostPath: z.object({ path: z.string(), type: z.string().optional() }).optional(),
        }),
      )
      .optional(),
  }),
});

/**
 * The host paths that a static-pod manifest mounts.
 * @throws Failure if the text is not such a manifest
 */
export function hostMounts(manifest: string): readonly HostMount[] {
  const parsed = pod.safeParse(readText(manifest, "the static-pod manifest").toJS());
  if (!parsed.success)
    throw new Failure(`the static-pod manifest is not valid: ${z.prettifyError(parsed.error)}`);
  const { spec } = parsed.data;
  const mounts = spec.containers.flatMap(({ volumeMounts = [] }) => volumeMounts);
  return (spec.volumes ?? []).flatMap(({ name, hostPath }) => {
    if (hostPath === undefined) return [];
    const own = mounts.filter((mount) => mount.name === name);
    return {
      path: withoutSlash(hostPath.path),
      mountPaths: own.map(({ mountPath }) => withoutSlash(mountPath)),
      ...(hostPath.type !== undefined && { type: hostPath.type }),
      readOnly: own.every(({ readOnly }) => readOnly === true),
    };
  });
}

/** A path without slashes at its end. */
export function withoutSlash(path: string): string {
  return path.replace(/(?<=.)\/+$/, "");
}

/**
 * The manifest with the flag set to the value; every other byte is unchanged. A new flag is inserted where kubeadm puts
 * it: flags are sorted by name (Kubernetes 1.20.2, cmd/kubeadm/app/util/arguments.go).
 * @throws Failure if the text is not a manifest with the command as a list, one argument per line
 */
export function setFlag(manifest: string, name: string, value: string): string {
  const list = command(manifest);
  const all = words(list);
  const flagText = `--${name}=${value}`;
  const existing = all.findLast(({ word }) => word.startsWith(`--${name}=`));
  if (existing !== undefined) {
    return existing.word === flagText
      ? manifest
      : replaceAt(manifest, [replaceScalar(manifest, existing.node, flagText)]);
  }
  if (list.flow === true || all.length === 0 || all.some(({ word }) => word === `--${name}`)) {
    throw new Failure(
      `cannot add --${name} to the static-pod manifest: its command list does not have kubeadm's format`,
    );
  }
  const next = all.find(({ word }) => word.startsWith("--") && word > flagText);
  const neighbour = (next ?? all.at(-1))?.node.range ?? [0, 0, 0];
  const lineStart = manifest.lastIndexOf("\n", neighbour[0]) + 1;
  const line = `${manifest.slice(lineStart, neighbour[0])}${scalarText(flagText)}\n`;
  const at = next === undefined ? neighbour[2] : lineStart;
  return replaceAt(manifest, [{ start: at, end: at, text: line }]);
}

/**
 * The manifest without the flag; every other byte is unchanged.
 * @throws Failure if the text is not a manifest with the command as a list, one argument per line
 */
export function withoutFlag(manifest: string, name: string): string {
  const list = command(manifest);
  const own = words(list).filter(({ word }) => word === `--${name}` || word.startsWith(`--${name}=`));
  if (list.flow === true && own.length > 0) {
    throw new Failure(
      `cannot remove --${name} from the static-pod manifest: its command list does not have kubeadm's format`,
    );
  }
  const lines = own.map(({ node: { range } }) => ({
    start: manifest.lastIndexOf("\n", range[0]) + 1,
    end: range[2],
    text: "",
  }));
  return replaceAt(manifest, lines);
}
