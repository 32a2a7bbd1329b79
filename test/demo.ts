/** `npm run demo` after building: migrates a single-master cluster on real hosts step by step. */
import { fileURLToPath } from "node:url";
import { styleText } from "node:util";
import { execa } from "execa";
import { Lab, canRun } from "./lab/lab.js";

const MAIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));

function say(text: string): void {
  process.stdout.write(`\n${styleText("bold", text)}\n`);
}

const reason = canRun();
if (reason !== undefined) {
  process.stderr.write(`The demo needs real hosts. ${reason}\n`);
  process.exit(1);
}

const lab = new Lab({ audience: "stderr" });
say("Bringing up a single-master cluster (the first time it is built from source: up to ten minutes)");
await lab.fresh({ scenario: "default" });

const inventory = lab.inventoryPath();
const k8sHa = async (...words: readonly string[]): Promise<void> => {
  say(`$ k8s-ha ${words.join(" ")}`);
  const [command = "", ...rest] = [...lab.execLine(), process.execPath, MAIN, ...words];
  const { exitCode } = await execa(command, rest, { stdio: "inherit", reject: false });
  if (exitCode !== 0) process.exit(exitCode ?? 1);
};
const onMaster = async (command: string): Promise<void> => {
  say(`master1 $ ${command}`);
  process.stdout.write(`${(await lab.ssh("admin@master1", command)).stdout}\n`);
};

await onMaster("kubectl get nodes -o wide");
await k8sHa("migrate", "-i", inventory, "--yes");
await k8sHa("verify", "-i", inventory);
await onMaster("kubectl get nodes -o wide");

say("What stands now");
process.stdout.write(`Three masters and their etcd behind the VIP 10.88.0.100:6443, which lb1 or lb2 holds.
  npm run lab -- ssh admin@master1 kubectl get pods -A
  npm run lab -- ssh lb1 ip -4 addr show eth0
  npm run lab -- power-off master1              then: npm run lab -- ssh admin@master2 sudo kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes
  npm run lab -- exec curl -sk https://10.88.0.100:6443/readyz
  npm run lab -- down                           ends it all
`);
