import { EXIT } from "./exit-codes.js";

/**
 * Keeps what is said from ending the program. A reader that has read enough, as `head`, or a terminal that is gone is
 * no failure; an output that is cut off, as on a full disk, is one at the end.
 */
export function outliveReaders(): void {
  process.stderr.on("error", () => undefined);
  process.stdout.on("error", ({ code, message }: NodeJS.ErrnoException) => {
    if (code === "EPIPE" || code === "EIO") return;
    process.stderr.write(`k8s-ha: the output is incomplete: ${message}\n`);
    process.once("exit", (status) => {
      process.exitCode = status === EXIT.done ? EXIT.failed : status;
    });
  });
}
