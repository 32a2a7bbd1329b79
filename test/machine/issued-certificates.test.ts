import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { certificateFaults } from "../../src/machine/issued-certificates.js";
import { Sandbox } from "./sandbox.js";

/** Shell that makes kubeadm's CAs and the certificates that it issues, below a directory. */
const MAKE = `set -e; cd "$1"; mkdir -p etcd
ca() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 9 -subj "/CN=$(echo $1 | tr / -)" -keyout $1.key -out $1.crt; }
issue() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$(echo $1 | tr / -)" -keyout $1.key -out $1.csr
  openssl x509 -req -days 9 -in $1.csr -CA $2.crt -CAkey $2.key -set_serial 7 -out $1.crt
}
for name in ca front-proxy-ca etcd/ca; do ca $name; done
for name in apiserver apiserver-kubelet-client; do issue $name ca; done
issue front-proxy-client front-proxy-ca
for name in apiserver-etcd-client etcd/server etcd/peer; do issue $name etcd/ca; done`;

async function faults(change = "", files: readonly string[] = ["manifests/etcd.yaml"]) {
  using sandbox = new Sandbox();
  sandbox.file("/etc/kubernetes/pki/x", "");
  for (const file of files) sandbox.file(`/etc/kubernetes/${file}`, "");
  const script = `${MAKE}\n${change}`;
  execFileSync("sh", ["-c", script, "sh", sandbox.path("/etc/kubernetes/pki")], { stdio: "pipe" });
  return await sandbox.host().ask(certificateFaults);
}

describe("the certificates that kubeadm issued", () => {
  it("are right after it issued them", async () => {
    expect(await faults()).toEqual([]);
  });

  it.each([
    [
      "cp front-proxy-client.crt apiserver-kubelet-client.crt",
      /^apiserver-kubelet-client\.crt: unable to get /,
    ],
    ["issue front-proxy-client ca", /^front-proxy-client\.crt: unable to get /],
    ["cp etcd/server.key etcd/peer.key", /^etcd\/peer\.key: not the key of etcd\/peer\.crt$/],
    ["rm apiserver.crt", /^apiserver\.crt: missing$/],
    ["rm etcd/peer.crt", /^etcd\/peer\.crt: missing$/],
    ["echo x >etcd/server.crt", /^etcd\/server\.crt: not a certificate$/],
    ["rm apiserver-etcd-client.key", /^apiserver-etcd-client\.key: not the key /],
    [
      "openssl x509 -req -days 0 -in apiserver.csr -CA ca.crt -CAkey ca.key -set_serial 8 -out apiserver.crt; sleep 1.1",
      /^apiserver\.crt: certificate has expired$/,
    ],
  ])("are not after %j", async (change, fault) => {
    expect(await faults(change)).toEqual([expect.stringMatching(fault) as string]);
  });

  it("need not be there for an etcd that is not on this machine", async () => {
    expect(await faults("rm etcd/server.* etcd/peer.* apiserver-etcd-client.*", [])).toEqual([]);
    expect(await faults("rm -r etcd apiserver-etcd-client.*", [])).toEqual([]);
  });

  it("are not looked for on a machine without kubeadm's directory", async () => {
    using sandbox = new Sandbox();
    expect(await sandbox.host().ask(certificateFaults)).toEqual([]);
  });
});
