import { doctorChecks } from "../doctor/all-checks.js";
import { diagnose, type Diagnosis } from "../doctor/diagnose.js";
import { connectToReachable, Unreachable } from "../engine/connect.js";
import { parseLogin } from "../init/choices.js";
import { apiserverAddress } from "../init/machine-queries.js";
import { loadInventory } from "../inventory/load.js";
import { members } from "../inventory/targets.js";
import { Failure } from "../failure.js";
import type { Fleet } from "../machine/fleet.js";
import { countsOf, doctorData, doctorText } from "../report/doctor-text.js";
import { EXIT } from "./exit-codes.js";
import { sshOf, type LoginOptions } from "./login-options.js";
import { transport } from "./logins.js";
import { asUsage, withMaster } from "./one-master.js";

/** Options of `doctor`: one of `inventory` and `from` is set. */
interface DoctorOptions extends LoginOptions {
  readonly inventory?: string | undefined;
  readonly from?: string | undefined;
  readonly json?: true | undefined;
}

/**
 * Prints what the checks found; returns the exit code by the highest severity.
 * @throws Unreachable if no master answers; InvalidFile
 */
export async function showDoctor(options: DoctorOptions): Promise<number> {
  const { inventory, from = "" } = options;
  const diagnoses = inventory === undefined ? await ofMaster(from, options) : await ofInventory(inventory);
  process.stdout.write(`${options.json ? JSON.stringify(doctorData(diagnoses)) : doctorText(diagnoses)}\n`);
  const { error, warning } = countsOf(diagnoses);
  return error > 0 ? EXIT.errorsFound : warning > 0 ? EXIT.warningsFound : EXIT.done;
}

function ofMaster(from: string, options: LoginOptions): Promise<readonly Diagnosis[]> {
  return asUsage(() => {
    const login = parseLogin(from);
    return withMaster(login, sshOf(login, options), (fleet) =>
      diagnose(doctorChecks, fleet, { isAlone: true, now: Date.now() / 1000 }),
    );
  });
}

async function ofInventory(file: string): Promise<readonly Diagnosis[]> {
  const { inventory } = await loadInventory(file);
  const hosts = members(inventory).map(({ host }) => host);
  const { fleet, failures, close } = await connectToReachable(inventory, hosts, transport(inventory));
  try {
    const answering = fleet.without([...failures.keys()]);
    const master = await runningMaster(answering);
    if (master === undefined) throw noMaster([...failures.values()]);
    const look = answering.asking(master).look();
    const diagnoses = await diagnose(doctorChecks, look, { isAlone: false, now: Date.now() / 1000 });
    return [...(failures.size > 0 ? [silent([...failures.values()])] : []), ...diagnoses];
  } finally {
    await close();
  }
}

/** The name of the first master that answers and has an apiserver: the cluster is read there. */
async function runningMaster(fleet: Fleet): Promise<string | undefined> {
  const masters = fleet.look().hosts("controlPlane");
  const addresses = await Promise.all(masters.map((master) => master.ask(apiserverAddress)));
  return masters.find((_, i) => addresses[i] !== "")?.name;
}

function noMaster(failures: readonly Failure[]): Failure {
  if (failures.length > 0) return new Unreachable(failures);
  return new Failure("no master of the inventory runs an apiserver", {
    hint: "the first master of the inventory must be a running one",
  });
}

function silent(failures: readonly Failure[]): Diagnosis {
  return {
    check: { id: "answers", title: "all machines answer" },
    findings: failures.map(({ host, message, hint }) => ({
      severity: "error",
      ...(host !== undefined && { host }),
      what: message,
      fix: hint ?? "find out why it does not answer; it is left out of all checks",
    })),
  };
}
