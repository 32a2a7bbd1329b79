import { dirname } from "node:path";
import { inUrl } from "../../address.js";
import type { Change } from "../../changes/change.js";
import {
  isKubeadmsFile,
  isWithin,
  neededPaths,
  type NeededPath,
} from "../../config-files/apiserver-paths.js";
import type { Host, Inventory } from "../../inventory/schema.js";
import { firstMaster, sshSettings } from "../../inventory/targets.js";
import { fileTree, MOST_FILES, type TreeEntry } from "../../machine/file-tree.js";
import { readFile } from "../../machine/files.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { MANIFESTS } from "../../machine/static-pods.js";
import { masterStates } from "../masters.js";
import { check, type Problem, type Step } from "../step.js";

type Tree = ReadonlyMap<string, TreeEntry>;

interface Facts {
  /** kube-apiserver's manifest on the first master; empty where there is none. */
  readonly manifest: string;
  /** Every master, the first one first. */
  readonly masters: readonly {
    readonly name: string;
    readonly isJoined: boolean;
    /** Whether what a join would find in the way goes first: see {@link CLEARED}. */
    readonly isCleared: boolean;
    readonly tree: Tree;
  }[];
}

/** What a machine that leaves the cluster loses: by `kubeadm reset`, and with the kubeconfigs. */
const CLEARED = /^\/etc\/kubernetes\/(pki(\/|$)|[^./][^/]*\.conf$)/;
/** What is copied through this program is held in its memory. */
const MOST_BYTES = 1024 * 1024;

async function facts(fleet: ReadOnlyFleet): Promise<Facts> {
  const [file, states] = await Promise.all([
    fleet.firstMaster.ask(readFile(`${MANIFESTS}/kube-apiserver.yaml`)),
    masterStates(fleet),
  ]);
  const manifest = file?.content ?? "";
  const paths = needed(manifest);
  const [deep, shallow] = [paths.filter(isRead), paths.filter((path) => !isRead(path))].map((some) =>
    some.map(({ path }) => path),
  );
  const masters = states.map(async ({ name, state, isClearable }) => ({
    name,
    isJoined: state === "joined",
    isCleared: isClearable,
    tree: paths.length === 0 ? new Map() : await fleet.host(name).ask(fileTree(deep ?? [], shallow ?? [])),
  }));
  return { manifest, masters: await Promise.all(masters) };
}

/** Brings what the apiserver's flags name on the first master to the new ones: audit policy, encryption keys, CAs. */
export const apiserverFiles: Step<Facts> = {
  id: "apiserver-files",
  title: "Get the apiserver's own files to the new masters",
  why: "An apiserver does not start without the files that its flags name, and reads no Secret with other keys.",
  rollout: "together",
  on: "masters",
  probe: facts,
  plan({ manifest, masters }, inventory) {
    const [first, ...others] = masters;
    const changes: Change[] = [];
    const problems: Problem[] = [];
    const paths = needed(manifest);
    for (const { name, isJoined, isCleared, tree } of others) {
      if (first === undefined || isJoined) continue;
      for (const path of paths) {
        const wanted = below(path, paths, first.tree);
        // What is in a crowded folder was not looked at, and is not replaced.
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
    const { manifest, masters } = await this.probe(fleet);
    const [first, ...others] = masters;
    const paths = needed(manifest);
    const same = paths.filter((path) => path.same);
    const files = same.flatMap((path) => below(path, paths, first?.tree ?? new Map<string, TreeEntry>()));
    const digests = new Map(
      files.flatMap(([at, { digest }]) => (digest === undefined ? [] : [[at, digest]])),
    );
    if (digests.size === 0) return [];
    return others.map(({ name, tree }) => {
      const wrong = [...digests].filter(([at, digest]) => tree.get(at)?.digest !== digest).map(([at]) => at);
      const actual = wrong.length === 0 ? "the same" : `not ${wrong.join(", ")}`;
      return check(name, `the apiserver's ${digests.size} own files`, "the same", actual);
    });
  },
};

function needed(manifest: string): readonly NeededPath[] {
  return manifest === "" ? [] : neededPaths(manifest);
}

function isRead({ use }: NeededPath): boolean {
  return use === "read";
}

/**
 * What the first master has at a path that is needed, and below it what is read, and sockets that may be; but not what is
 * in another needed path, nor what kubeadm makes itself.
 */
function below(
  needed: NeededPath,
  all: readonly NeededPath[],
  tree: Tree,
): readonly (readonly [string, TreeEntry])[] {
  const { path, use } = needed;
  const isPart = (at: string, { type }: TreeEntry): boolean =>
    at === path || use === "read" || (use === "unclear" && type === "socket");
  return [...tree].filter(
    ([at, entry]) => isPart(at, entry) && innermost(at, all) === needed && !isKubeadmsFile(at),
  );
}

function innermost(at: string, all: readonly NeededPath[]): NeededPath | undefined {
  const around = all.filter(({ path }) => isWithin(at, path));
  return around.toSorted((a, b) => b.path.length - a.path.length)[0];
}

interface Place {
  readonly at: string;
  /** What the first master has there. */
  readonly entry: TreeEntry;
  /** What the new master has there. */
  readonly own: TreeEntry | undefined;
  readonly needed: NeededPath;
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
    return { problem: missing(place, `start on ${name} what serves it on ${from}`) };
  if (path.use === "written" && entry.type === "file") {
    if (path.isMade === true) return {};
    return { problem: missing(place, `make it, empty: install -m ${mode} /dev/null ${at}`) };
  }
  if (entry.isCrowded === true || entry.bytes > MOST_BYTES) return { problem: missing(place, byHand(place)) };
  if (entry.type === "folder") {
    const change: Change = { kind: "folder", host: name, path: at, mode, owner };
    return path.use === "unclear" ? { change, problem: unclear(place) } : { change };
  }
  return { change: { kind: "file-copy", host: name, from, path: at, mode, owner } };
}

function missing({ at, name, inventory }: Place, fix: string): Problem {
  const what = `${at}, which kube-apiserver uses on ${firstMaster(inventory).name}, is missing here`;
  return { severity: "blocker", host: name, what, fix };
}

/** It may be another cluster's, and is not overwritten. */
function different({ at, needed: { same }, name, inventory }: Place): Problem {
  const what = `${at}, which kube-apiserver uses on ${firstMaster(inventory).name}, is different here`;
  const fix = same
    ? `look at it, then remove it on ${name}: it is copied then`
    : "look whether that is meant";
  return { severity: same ? "blocker" : "warning", host: name, what, fix };
}

function unclear({ at, name }: Place): Problem {
  const what = `${at} is made empty: nothing tells whether kube-apiserver reads files there or writes them`;
  const fix =
    "where it reads them: say readOnly: true at that volume, in apiServer.extraVolumes and in the manifest";
  return { severity: "warning", host: name, what, fix };
}

/** How a person copies what is too much for this program's memory. */
function byHand({ at, name, inventory }: Place): string {
  const login = (host: Host, spelt: (address: string) => string): string => {
    const { user, address } = sshSettings(inventory, host);
    return user === undefined ? spelt(address) : `${user}@${spelt(address)}`;
  };
  const [from, to] = [firstMaster(inventory), inventory.controlPlane.find((host) => host.name === name)];
  const target = to === undefined ? name : login(to, (address) => address);
  const copied = to === undefined ? name : login(to, inUrl);
  const why = `it is too big (over ${MOST_FILES} files, or 1 MiB), so copy it by hand`;
  return `${why}: ssh ${target} mkdir -p ${dirname(at)} && scp -3 -rp ${login(from, inUrl)}:${at} ${copied}:${dirname(at)}/`;
}
