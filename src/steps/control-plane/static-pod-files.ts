import { dirname } from "node:path";
import { inUrl } from "../../address.js";
import type { Change } from "../../changes/change.js";
import { isKubeadmsFile, isWithin, podsPaths, type PodsPath } from "../../config-files/static-pod-paths.js";
import type { Host, Inventory } from "../../inventory/schema.js";
import { firstMaster, sshSettings } from "../../inventory/targets.js";
import { fileTree, MOST_FILES, type TreeEntry } from "../../machine/file-tree.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { masterStates } from "../../cluster/masters.js";
import { sharedManifests, type Manifests } from "../../cluster/static-pod-manifests.js";
import { check, type Problem, type Step } from "../step.js";

type Tree = ReadonlyMap<string, TreeEntry>;

interface Facts {
  /** The first master's manifests of the static pods that new masters get. */
  readonly manifests: Manifests;
  /** All masters, starting with the first master. */
  readonly masters: readonly {
    readonly name: string;
    readonly isJoined: boolean;
    /** Whether the machine is reset first, which deletes {@link CLEARED}. */
    readonly isCleared: boolean;
    readonly tree: Tree;
  }[];
}

/** The paths that a machine loses when it leaves the cluster: by `kubeadm reset`, and with the kubeconfigs. */
const CLEARED = /^\/etc\/kubernetes\/(pki(\/|$)|[^./][^/]*\.conf$)/;
/** Limit for copied files, which k8s-ha holds in memory. */
const MOST_BYTES = 1024 * 1024;

async function facts(fleet: ReadOnlyFleet): Promise<Facts> {
  const [manifests, states] = await Promise.all([sharedManifests(fleet), masterStates(fleet)]);
  const paths = podsPaths(manifests);
  const [deep, shallow] = [paths.filter(isRead), paths.filter((path) => !isRead(path))].map((some) =>
    some.map(({ path }) => path),
  );
  const masters = states.map(async ({ name, state, isClearable }) => ({
    name,
    isJoined: state === "joined",
    isCleared: isClearable,
    tree: paths.length === 0 ? new Map() : await fleet.host(name).ask(fileTree(deep ?? [], shallow ?? [])),
  }));
  return { manifests, masters: await Promise.all(masters) };
}

/** Copies the files that the first master's static pods use to new masters: audit policy, encryption keys, CAs, configurations. */
export const staticPodFiles: Step<Facts> = {
  id: "static-pod-files",
  title: "Copy the static pods' extra files to new control-plane nodes",
  why: "A static pod does not start without the files that its flags reference, and kube-apiserver cannot read Secrets with other keys.",
  requires: [{ steps: ["clear"], why: "clearing an incomplete join deletes these files" }],
  rollout: "together",
  on: "masters",
  probe: facts,
  plan({ manifests, masters }, inventory) {
    const [first, ...others] = masters;
    const changes: Change[] = [];
    const problems: Problem[] = [];
    const paths = podsPaths(manifests);
    for (const { name, isJoined, isCleared, tree } of others) {
      if (first === undefined || isJoined) continue;
      for (const path of paths) {
        const wanted = below(path, paths, first.tree);
        // The contents of a crowded folder were not read, so they are not replaced.
        for (const [at, entry] of tree.get(path.path)?.isCrowded === true ? wanted.slice(0, 1) : wanted) {
          const own = isCleared && CLEARED.test(at) ? undefined : tree.get(at);
          const found = compare({ at, entry, own, needed: path, name, inventory });
          changes.push(...(found.change ? [found.change] : []));
          problems.push(...(found.problem ? [found.problem] : []));
        }
      }
    }
    return { changes, problems };
  },
  async verify(fleet) {
    const { manifests, masters } = await this.probe(fleet);
    const [first, ...others] = masters;
    const paths = podsPaths(manifests);
    const same = paths.filter((path) => path.same);
    const files = same.flatMap((path) => below(path, paths, first?.tree ?? new Map<string, TreeEntry>()));
    const digests = new Map(
      files.flatMap(([at, { digest }]) => (digest === undefined ? [] : [[at, digest]])),
    );
    if (digests.size === 0) return [];
    return others.map(({ name, tree }) => {
      const wrong = [...digests].filter(([at, digest]) => tree.get(at)?.digest !== digest).map(([at]) => at);
      const actual = wrong.length === 0 ? "the same" : `different: ${wrong.join(", ")}`;
      return check(name, `${digests.size} extra files of static pods`, "the same", actual);
    });
  },
};

function isRead({ use }: PodsPath): boolean {
  return use === "read";
}

/**
 * The first master's entries at a needed path; below it, all entries if they are read, and sockets if the use is unclear.
 * Excludes entries of another needed path and files that kubeadm creates.
 */
function below(
  needed: PodsPath,
  all: readonly PodsPath[],
  tree: Tree,
): readonly (readonly [string, TreeEntry])[] {
  const { path, use } = needed;
  const isPart = (at: string, { type }: TreeEntry): boolean =>
    at === path || use === "read" || (use === "unclear" && type === "socket");
  return [...tree].filter(
    ([at, entry]) => isPart(at, entry) && innermost(at, all) === needed && !isKubeadmsFile(at),
  );
}

function innermost(at: string, all: readonly PodsPath[]): PodsPath | undefined {
  const around = all.filter(({ path }) => isWithin(at, path));
  return around.toSorted((a, b) => b.path.length - a.path.length)[0];
}

interface Place {
  readonly at: string;
  /** The first master's entry. */
  readonly entry: TreeEntry;
  /** The new master's entry. */
  readonly own: TreeEntry | undefined;
  readonly needed: PodsPath;
  readonly name: string;
  readonly inventory: Inventory;
}

function compare(place: Place): { readonly change?: Change; readonly problem?: Problem } {
  const { at, entry, own, needed: path, name, inventory } = place;
  const from = firstMaster(inventory).name;
  if (own !== undefined) {
    const isSame = (["type", "digest", "isCrowded"] as const).every((key) => own[key] === entry[key]);
    return isSame ? {} : { problem: different(place) };
  }
  const mode = entry.mode;
  const owner = entry.owner === "0:0" ? "root:root" : entry.owner;
  if (entry.type === "socket")
    return { problem: missing(place, `start the service on ${name} that provides it on ${from}`) };
  if (path.use === "written" && entry.type === "file") {
    if (path.isMade === true) return {};
    return { problem: missing(place, `create it as an empty file: install -m ${mode} /dev/null ${at}`) };
  }
  if (entry.isCrowded === true || entry.bytes > MOST_BYTES) return { problem: missing(place, byHand(place)) };
  if (entry.type === "folder") {
    const change: Change = { kind: "folder", host: name, path: at, mode, owner };
    return path.use === "unclear" ? { change, problem: unclear(place) } : { change };
  }
  return { change: { kind: "file-copy", host: name, from, path: at, mode, owner } };
}

function missing({ at, needed: { pods }, name, inventory }: Place, fix: string): Problem {
  const what = `${at}, which ${pods.join(", ")} on ${firstMaster(inventory).name} uses, is missing`;
  return { severity: "blocker", host: name, what, fix };
}

/** The file may belong to another cluster, so it is not overwritten. */
function different({ at, needed: { same, pods }, name, inventory }: Place): Problem {
  const what = `${at} differs from the one that ${pods.join(", ")} on ${firstMaster(inventory).name} uses`;
  const fix = same
    ? `inspect it, then remove it on ${name}: k8s-ha then copies it`
    : "check whether the difference is intended";
  return { severity: same ? "blocker" : "warning", host: name, what, fix };
}

function unclear({ at, needed: { pods }, name }: Place): Problem {
  const what = `${at} is created empty: it is unknown whether ${pods.join(", ")} reads or writes files there`;
  const fix =
    "if it reads them, set readOnly: true for that volume in extraVolumes of kubeadm-config and in the manifest: k8s-ha then copies them";
  return { severity: "warning", host: name, what, fix };
}

/** The command to manually copy what exceeds the limits. */
function byHand({ at, name, inventory }: Place): string {
  const login = (host: Host, spelt: (address: string) => string): string => {
    const { user, address } = sshSettings(inventory, host);
    return user === undefined ? spelt(address) : `${user}@${spelt(address)}`;
  };
  const [from, to] = [firstMaster(inventory), inventory.controlPlane.find((host) => host.name === name)];
  const target = to === undefined ? name : login(to, (address) => address);
  const copied = to === undefined ? name : login(to, inUrl);
  const why = `it is too large (over ${MOST_FILES} files, or 1 MiB), so copy it manually`;
  return `${why}: ssh ${target} mkdir -p ${dirname(at)} && scp -3 -rp ${login(from, inUrl)}:${at} ${copied}:${dirname(at)}/`;
}
