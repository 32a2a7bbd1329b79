import { defineConfig } from "vitest/config";

const asRoot = ["local", "node-ssh", "login", "openssh", "openssh-login", "openssh-ways", "sshd"].map(
  (name) => `test/transport/${name}.test.ts`,
);

export default defineConfig({
  test: {
    // Many tests wait for a shell: by default one core would be left idle.
    maxWorkers: "100%",
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/e2e/**", ...asRoot],
          // Half of the time went into reading the same modules anew for each file.
          isolate: false,
          // Many tests run real shells: a machine with other work is slow, not wrong.
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      // The same for every other way of doing it, each with hosts of its own: some minutes each.
      {
        test: {
          name: "field",
          include: ["test/e2e/field/**/*.test.ts"],
          fileParallelism: false,
          // A machine with other work is slow, not wrong.
          testTimeout: 900_000,
          hookTimeout: 3_600_000,
        },
      },
      // On a real sshd, and on this machine itself: Linux, as root.
      { test: { name: "transport", include: asRoot, testTimeout: 30_000, hookTimeout: 60_000 } },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          exclude: ["test/e2e/field/**"],
          // One lab, one cluster: its tests run one file after the other.
          fileParallelism: false,
          // A machine with other work is slow, not wrong.
          testTimeout: 900_000,
          hookTimeout: 3_600_000,
        },
      },
    ],
  },
});
