import { runAsUnit } from "../machine/systemd.js";
import { hasImage, pullImage, removeImage } from "../machine/container-runtime.js";
import { sh, shellLines } from "../shell/shell.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** Pulls images to a host's container runtime before a pod needs them. */
export interface ImagesChange extends BaseChange {
  readonly kind: "images";
  readonly criSocket: string;
  readonly images: readonly string[];
}

/** The time limit of one pull over a slow link. */
const IMAGE_SECONDS = 900;

/** Pulls images: the start of an etcd member, or of a load balancer, must not wait for a download. */
export const imagesKind: ChangeKind<ImagesChange, { readonly images: readonly string[] }> = {
  kind: "images",
  mark: "+",
  describe: (c) => `pull ${c.images.length} images`,
  diff: (c) => c.images.map((image) => `+ ${image}`).join("\n"),
  async apply(c, { host }) {
    const pulls = c.images.map((image) => sh`${pullImage(c.criSocket, image)} || exit 1`);
    await runAsUnit(host, "images", shellLines(...pulls), { timeoutSeconds: IMAGE_SECONDS * pulls.length });
  },
  undo: {
    target: () => "images",
    before: (c) => Promise.resolve({ images: c.images }),
    merge: (earlier, later) => ({ images: [...new Set([...earlier.images, ...later.images])] }),
    describe: (_, { images }) => `remove ${images.length} images`,
    async undo(c, { images }, { host }) {
      await host.run(sh`for i in ${images}; do
  ${hasImage(c.criSocket, sh`"$i"`)} >/dev/null 2>&1 || continue
  ${removeImage(c.criSocket, sh`"$i"`)} >/dev/null || exit 1
done`);
    },
  },
};
