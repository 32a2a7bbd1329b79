import { isCollection, YAMLMap, YAMLSeq, type Document } from "yaml";
import * as z from "zod";
import { Failure } from "../failure.js";
import { knownKubeadmApi } from "./kubeadm-api.js";
import { AS_KUBEADM, parseText } from "./yaml-text.js";

const ADVERTISE = "advertise-address";
/** The apiserver's flag for its etcd servers; kubeadm sets the local member or the external ones. */
export const ETCD_SERVERS = "etcd-servers";
const SANS = ["apiServer", "certSANs"];
const ARGS = ["apiServer", "extraArgs"];

const argument = z.looseObject({ name: z.string(), value: z.unknown().optional() });
const argumentMap = z.record(z.string(), z.unknown());

/** The fields of a ClusterConfiguration that are read here; kubeadm validates the rest. */
const shape = z.looseObject({
  apiVersion: z.unknown().optional(),
  kind: z.literal("ClusterConfiguration"),
  controlPlaneEndpoint: z.unknown().optional(),
  apiServer: z
    .looseObject({
      certSANs: z.array(z.unknown()).nullish(),
      extraArgs: z.union([z.array(argument), argumentMap]).nullish(),
    })
    .nullish(),
});
type ClusterConfiguration = z.infer<typeof shape>;

/** The settings of kubeadm's ClusterConfiguration for a control plane behind an endpoint. */
export interface DesiredClusterConfiguration {
  /** `ADDRESS:PORT`. */
  readonly endpoint: string;
  /** Names that the apiserver's certificate must have; existing ones are kept. */
  readonly certSANs: readonly string[];
  /**
   * The address that every apiserver announces; undefined for its node's. It is set in `apiServer.extraArgs`,
   * where it overrides LocalAPIEndpoint only in the manifest: etcd's URLs, probes and annotations keep the
   * node's address (Kubernetes 1.20.2, cmd/kubeadm/app/util/arguments.go).
   */
  readonly advertiseAddress: string | undefined;
  /** The single etcd for all apiservers; if absent, the existing setting is kept. */
  readonly etcdServers?: string;
}

function read(document: Document): ClusterConfiguration {
  const result = shape.safeParse(document.toJS());
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Failure(
    `the ClusterConfiguration does not have kubeadm's format: ${issue?.path.join(".") ?? ""}`,
  );
}

/** Prepares a section for children: one that is absent, null or `{}` (kubeadm's empty section) becomes a block. */
function openSection(document: Document, path: readonly string[], empty: YAMLMap | YAMLSeq): void {
  const node = document.getIn(path, true);
  if (!isCollection(node)) document.setIn(path, empty);
  else if (node.items.length === 0) node.flow = false;
}

function addSANs(document: Document, present: readonly unknown[], wanted: readonly string[]): boolean {
  const known = new Set(present.map(String));
  const missing = [...new Set(wanted)].filter((san) => !known.has(san));
  if (missing.length === 0) return false;
  openSection(document, SANS.slice(0, 1), new YAMLMap());
  openSection(document, SANS, new YAMLSeq());
  for (const san of missing) document.addIn(SANS, san);
  return true;
}

/** Removes every occurrence of a flag, and the section if it is empty then. */
function removeFlag(document: Document, keys: readonly (string | number)[]): void {
  for (const key of keys.toReversed()) document.deleteIn([...ARGS, key]);
  const left = document.getIn(ARGS);
  if (isCollection(left) && left.items.length === 0) document.deleteIn(ARGS);
}

function setFlag(
  document: Document,
  isList: boolean,
  name: string,
  keys: readonly (string | number)[],
  value: string,
): void {
  const [first, ...others] = keys;
  for (const key of others.toReversed()) document.deleteIn([...ARGS, key]);
  openSection(document, ARGS.slice(0, 1), new YAMLMap());
  openSection(document, ARGS, isList ? new YAMLSeq() : new YAMLMap());
  if (!isList) document.setIn([...ARGS, name], value);
  else if (first === undefined) document.addIn(ARGS, document.createNode({ name, value }));
  else document.setIn([...ARGS, first, "value"], value);
}

/** Sets or removes one of the apiserver's flags; returns whether that is a change. */
function wantFlag(document: Document, isList: boolean, name: string, value: string | undefined): boolean {
  // Read again: an earlier flag may have created the section.
  const config = read(document);
  const args = config.apiServer?.extraArgs ?? (isList ? [] : {});
  if (Array.isArray(args) !== isList) {
    throw new Failure(
      "apiServer.extraArgs in the ClusterConfiguration does not have the format of its apiVersion",
    );
  }
  const found: (readonly [string | number, unknown])[] = Array.isArray(args)
    ? args.flatMap((item, index) => (item.name === name ? [[index, item.value] as const] : []))
    : Object.entries(args).filter(([key]) => key === name);
  const keys = found.map(([key]) => key);
  if (value === undefined) {
    if (keys.length > 0) removeFlag(document, keys);
    return keys.length > 0;
  }
  if (found.length === 1 && found[0]?.[1] === value) return false;
  setFlag(document, isList, name, keys, value);
  return true;
}

/**
 * kubeadm's ClusterConfiguration (v1beta2, v1beta3, v1beta4) with these settings for the endpoint, the SANs and the
 * advertised address. Everything else is kept, including comments and order; a text that already has them is returned
 * unchanged.
 * @throws Failure for an unknown apiVersion, another kind, or a text that is not YAML
 */
export function desiredClusterConfiguration(text: string, desired: DesiredClusterConfiguration): string {
  const document = parseText(text, "kubeadm's ClusterConfiguration");
  const config = read(document);
  const isList = knownKubeadmApi(config.apiVersion) === "kubeadm.k8s.io/v1beta4";
  const endpointChanged = config.controlPlaneEndpoint !== desired.endpoint;
  if (endpointChanged) document.set("controlPlaneEndpoint", desired.endpoint);
  const sansChanged = addSANs(document, config.apiServer?.certSANs ?? [], desired.certSANs);
  const advertiseChanged = wantFlag(document, isList, ADVERTISE, desired.advertiseAddress);
  const etcdChanged =
    desired.etcdServers !== undefined && wantFlag(document, isList, ETCD_SERVERS, desired.etcdServers);
  const changed = endpointChanged || sansChanged || advertiseChanged || etcdChanged;
  return changed ? document.toString(AS_KUBEADM) : text;
}
