import { join } from "node:path";
import { type Base, makeBase } from "./build/base.js";
import { privateApt } from "./build/private-apt.js";
import { buildContainerd, buildPrograms, type Programs } from "./build/programs.js";
import { makeRootTree } from "./build/root-tree.js";
import { discardTree, mountDisk } from "./disk.js";
import type { LabIdentity } from "./identity.js";
import { raiseInotifyLimit } from "./inotify.js";
import { writeOperatorFiles } from "./keys.js";
import { preflightErrorsToIgnore } from "./kubeadm-config.js";
import { buildingAlone } from "./lock.js";
import { installTools } from "./machine.js";
import { freshKey, makeFresh } from "./making.js";
import { makeOperatorNetwork } from "./network.js";
import { inventoryText } from "./operator-files.js";
import { operatorFiles } from "./operator-paths.js";
import { clearAway, restoreSnapshot, type Settling } from "./operating.js";
import { buildOldest } from "./oldest/programs.js";
import { type Audience, runSteps } from "./progress.js";
import { loadScenario } from "./scenario.js";
import { discardSnapshots, freshSnapshot, snapshotMeta } from "./snapshots.js";
import type { LabState } from "./state.js";
import { codename, OLDEST, type Release } from "./versions.js";

/** Brings a lab up from whatever there is: nothing at all, what a killed command left, or another scenario. */
export async function bringUp(
  lab: LabIdentity,
  wanted: { scenario: string; release: Release },
  settling: Settling,
  audience: Audience,
): Promise<void> {
  const { id, scenario } = loadScenario(wanted.scenario);
  const { kubernetes } = wanted.release;
  // What can be refused is refused before anything is touched.
  inventoryText(scenario, operatorFiles(lab.runFolder));
  const apt = privateApt(lab.buildFolder, codename(wanted.release));
  let programs: Programs | undefined;
  let archive = "";
  let base: Base | undefined;
  let state: LabState | undefined;

  const clear = async () => {
    await clearAway(lab);
    await installTools();
    await writeOperatorFiles(lab, scenario, preflightErrorsToIgnore(kubernetes));
    raiseInotifyLimit(lab, Object.keys(scenario.hosts).length);
  };
  const build = async () => {
    programs =
      kubernetes === OLDEST
        ? await buildOldest(lab.buildFolder, privateApt(lab.buildFolder, codename({ debian: "12" })))
        : await buildPrograms(lab.buildFolder, kubernetes);
    if (scenario.containerd !== undefined) await buildContainerd(lab.buildFolder, scenario.containerd);
  };
  const debian = async () => {
    archive = await makeRootTree(lab.buildFolder, apt);
  };
  const makeTree = async () => {
    if (!programs) throw new Error("the programs were not built");
    await mountDisk(lab);
    discardTree(lab, join(lab.mountPoint, "hosts"));
    base = await makeBase(lab, apt, programs, archive);
  };
  const make = async (say: (text: string) => void) => {
    if (!base) throw new Error("the base was not made");
    await makeOperatorNetwork(lab, scenario);
    const family = `${id}@${base.name}`;
    const key = freshKey(base, scenario);
    if (snapshotMeta(lab, family, freshSnapshot)?.key !== key) {
      discardSnapshots(lab, family);
      await makeFresh(lab, scenario, base, { family, key }, say);
    }
    state = { ...wanted, snapshots: family, text: JSON.stringify(scenario) };
  };
  const boot = async () => {
    if (!state) throw new Error("the scenario was not made");
    await restoreSnapshot(lab, state, scenario, freshSnapshot, settling);
  };
  const builds = [
    { title: `Kubernetes ${kubernetes} and what goes with it`, run: build },
    { title: `Debian ${wanted.release.debian} for the hosts`, run: debian },
  ];
  await runSteps([{ title: "Clear away what is left of a former run", run: clear }], audience);
  await buildingAlone(lab, () =>
    runSteps(
      [
        { title: "Build", parallel: builds },
        { title: "The tree that all hosts are copies of", run: makeTree },
      ],
      audience,
    ),
  );
  await runSteps(
    [
      { title: `The scenario ${id}`, run: make },
      { title: "Boot", run: boot },
    ],
    audience,
  );
}
