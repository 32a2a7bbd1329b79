import { beforeAll, describe, expect, it } from "vitest";
import { useScenario } from "../beginning.js";
import {
  expectHighlyAvailable,
  expectKubeletServers,
  expectMigration,
  expectToServe,
  kubectl,
  on,
  uids,
} from "../cluster.js";
import { itPassesFinalChecks } from "../ending.js";

const VIP = "10.99.0.100";
const MASTERS = { master1: "10.88.0.11", master2: "10.88.0.12", master3: "10.88.0.13" };

describe("a migration behind a load balancer that is not managed by k8s-ha", () => {
  const { lab, start } = useScenario("external-load-balancer");
  let balancer: string;
  /** A digest of the files on the load balancer, which k8s-ha must not change. */
  const onBalancer = (): Promise<string> =>
    on(lab, "lb1", "find /etc -xdev -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum");

  beforeAll(async () => {
    balancer = await onBalancer();
  });

  it("is refused while nothing listens at the endpoint, and while another program does", async () => {
    await on(lab, "lb1", "systemctl stop haproxy");
    const unavailable = await start().program.run("plan");
    expect(unavailable.exitCode).toBe(1);
    expect(unavailable.stdout).toContain(`worker1: ${VIP}:443 refuses connections`);

    await on(
      lab,
      "lb1",
      `cd /root && openssl req -x509 -newkey rsa:2048 -nodes -keyout k -out c -subj /CN=other 2>/dev/null &&
systemd-run -q --unit other -p WorkingDirectory=/root openssl s_server -accept ${VIP}:443 -key k -cert c -WWW && sleep 1`,
    );
    const other = await start().program.run("plan");
    await on(lab, "lb1", "systemctl stop other; rm /root/k /root/c; systemctl start haproxy");
    expect(other.exitCode).toBe(1);
    expect(other.stdout).toContain(
      `master1: ${VIP}:443 presents a certificate that is not signed by this cluster's CA`,
    );
    await expectToServe(lab, `${VIP}:443`);
  });

  it("results in three masters behind it, with no object lost", async () => {
    await expectMigration(start().program);
    await expectHighlyAvailable(lab, VIP, { port: 443, balancers: [] });
    expect(await uids(lab)).toBe(start().objects);
    expect(await onBalancer()).toBe(balancer);
  });

  it("points nodes to it, and pods to the masters directly", async () => {
    await expectKubeletServers(lab, `https://${VIP}:443`, MASTERS);
    const path = "jsonpath='{.subsets[*].addresses[*].ip}:{.subsets[*].ports[*].port}'";
    const endpoints = await kubectl(lab, `get endpoints kubernetes -o ${path}`);
    expect(endpoints).toBe("10.88.0.11 10.88.0.12 10.88.0.13:6443");
  });

  itPassesFinalChecks(lab, `${VIP}:443`, start);
});
