import { firstMaster } from "../../../inventory/targets.js";
import { modifiedTimes } from "../../../machine/files.js";
import { blocker, type PreflightCheck } from "../check.js";

const CA_KEY = "/etc/kubernetes/pki/ca.key";

/** The first master has the CA's key. */
export const caKey: PreflightCheck<{ readonly exists: boolean }> = {
  id: "ca-key",
  probe: async (fleet) => ({ exists: (await fleet.firstMaster.ask(modifiedTimes([CA_KEY]))).size > 0 }),
  problems: ({ exists }, inventory) =>
    exists
      ? []
      : [
          blocker(
            firstMaster(inventory).name,
            `${CA_KEY} is missing`,
            "restore the CA's key for the migration: it signs the certificates of new masters",
          ),
        ],
};
