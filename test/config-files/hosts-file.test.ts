import { describe, expect, it } from "vitest";
import { withHostsEntry } from "../../src/config-files/hosts-file.js";

const LINE = "10.88.0.100 api.example.org # managed by k8s-ha\n";
const entry = (text: string): string => withHostsEntry(text, "api.example.org", "10.88.0.100");

describe("an entry of /etc/hosts", () => {
  it.each([
    ["nothing", "", LINE],
    [
      "other lines, also without a final newline",
      "127.0.0.1\tlocalhost\n# api.example.org",
      `127.0.0.1\tlocalhost\n# api.example.org\n${LINE}`,
    ],
    ["a longer name", "10.0.0.1 x.api.example.org\n", `10.0.0.1 x.api.example.org\n${LINE}`],
    ["the name with another address", "10.88.0.11 api.example.org\n", LINE],
    [
      "the name among others",
      "10.88.0.11\tmaster1  api.example.org m1 # the api.example.org\n",
      `10.88.0.11\tmaster1 m1 # the api.example.org\n${LINE}`,
    ],
    [
      "another cluster's entry",
      "10.0.0.1 b.example # managed by k8s-ha\n",
      `10.0.0.1 b.example # managed by k8s-ha\n${LINE}`,
    ],
    ["a previous entry", "10.88.0.99 api.example.org # managed by k8s-ha\n", LINE],
  ])("is added to %s", (_, before, after) => {
    expect(entry(before)).toBe(after);
    expect(entry(after)).toBe(after);
  });
});
