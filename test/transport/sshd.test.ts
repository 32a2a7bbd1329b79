import { expect, it } from "vitest";
import { nodeSshTransport } from "../../src/transport/node-ssh.js";
import { sh } from "../../src/shell/shell.js";
import { processesWith } from "./openssh-host.js";
import { startSshd } from "./sshd.js";

it("leaves no started processes", async () => {
  const sshd = await startSshd();
  const connection = await nodeSshTransport().connect(sshd.target());
  await connection.run({ script: sh`setsid sleep 98765 >/dev/null 2>&1 &`, timeoutMs: 5000 });
  expect(processesWith("sleep\u000098765")).toHaveLength(1);
  await connection.close();
  await sshd.stop();
  expect(processesWith("sleep\u000098765")).toEqual([]);
});
