import { setTimeout as delay } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { Failure } from "../../../src/failure.js";
import { members } from "../../../src/inventory/targets.js";
import { Fleet } from "../../../src/machine/fleet.js";
import { vipChecks } from "../../../src/steps/load-balancer/vip.js";
import type { Connection } from "../../../src/transport/transport.js";
import { Sandbox } from "../../machine/sandbox.js";
import { labInventory } from "../inventory.js";

it("fails once if a connection breaks while slower queries of the same checks run", async () => {
  using sandbox = new Sandbox();
  const unhandled: unknown[] = [];
  const running: Promise<unknown>[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", note);
  onTestFinished(() => void process.off("unhandledRejection", note));
  const breaking: Connection = {
    target: sandbox.target,
    run: async (command) => {
      if (command.script.text.includes("/readyz")) throw new Failure("the connection to lb1 was lost");
      const slow = sandbox.run(command).then((result) => delay(100, result));
      running.push(slow);
      return await slow;
    },
    close: () => sandbox.close(),
  };
  const inventory = labInventory();
  const fleet = new Fleet(inventory, new Map(members(inventory).map(({ name }) => [name, breaking]))).look();
  await expect(vipChecks(fleet.hosts("loadBalancers"), fleet)).rejects.toThrow(
    "the connection to lb1 was lost",
  );
  await Promise.all(running);
  await delay(50);
  expect(unhandled).toEqual([]);
});
