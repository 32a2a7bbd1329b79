import { EXIT } from "./exit-codes.js";

/**
 * Makes the first SIGINT or SIGTERM a wish to stop at the next safe point, and the second one an end at once; what
 * runs on the hosts then goes on there by itself, and the next run finds it.
 * @returns whether somebody wished to stop
 */
export function stopOnInterrupt(): () => boolean {
  let requested = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (requested) process.exit(EXIT.interrupted);
      requested = true;
      process.stderr.write(
        "\nstopping after the change that is being made now; once more to leave at once\n",
      );
    });
  }
  return () => requested;
}
