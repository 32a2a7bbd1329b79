import { EXIT } from "./exit-codes.js";

/**
 * Prevents output errors from ending the program. A closed reader, such as `head`, or a closed terminal is not a
 * failure; incomplete output, as on a full disk, is a failure at the end.
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
