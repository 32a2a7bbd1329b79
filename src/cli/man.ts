import type { Command } from "@commander-js/extra-typings";

/** `k8s-ha man`. */
export function addMan(program: Command): void {
  program
    .command("man")
    .description("print the manual page: k8s-ha man | man -l -")
    .action(async () => {
      const { manPage } = await import("./man-page.js");
      process.stdout.write(manPage(program));
    });
}
