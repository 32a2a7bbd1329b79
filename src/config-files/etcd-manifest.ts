import { httpsUrl, isIPv6 } from "../address.js";
import { flag, setFlag } from "./static-pod.js";

/** A machine's etcd member name and address. */
interface Machine {
  readonly name: string;
  readonly address: string;
}

/**
 * The manifest with which a machine's etcd starts as the second member, which was added before. It is derived from the
 * first member's manifest, because kubeadm creates both from one configuration.
 * @throws Failure if the text is not a kubeadm manifest
 */
export function secondMemberManifest(firstManifest: string, first: Machine, second: Machine): string {
  const peer = ({ name, address }: Machine): string => `${name}=${httpsUrl(address, 2380)}`;
  const firstName = flag(firstManifest, "name") ?? first.name;
  const part = isIPv6(first.address) ? String.raw`[\da-f:]` : String.raw`[\d.]`;
  const itsOwn = new RegExp(`(?<!${part})${first.address.replaceAll(".", "\\.")}(?!${part})`, "g");
  const flags: readonly [string, string][] = [
    ["name", second.name],
    ["initial-cluster", [peer({ ...first, name: firstName }), peer(second)].join()],
    ["initial-cluster-state", "existing"],
  ];
  return flags.reduce(
    (manifest, [name, value]) => setFlag(manifest, name, value),
    firstManifest.replaceAll(itsOwn, second.address),
  );
}
