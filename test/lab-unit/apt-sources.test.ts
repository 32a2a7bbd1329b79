import { describe, expect, it } from "vitest";
import { debianSources, sourcesText } from "../lab/build/apt-sources.js";

const deb822 = `Types: deb
# a comment between fields
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: https://vendor.example/debian
Suites: nodistro
Components: main

Types: deb
Enabled: no
URIs: http://off.example/debian
Suites: bookworm
Components: main
`;

describe("debianSources", () => {
  it("reads the release's archives of Debian from a .sources file, and no other vendor's", () => {
    expect(debianSources(new Map([["/etc/apt/sources.list.d/debian.sources", deb822]]), "bookworm")).toEqual([
      {
        uri: "http://mirror.example/debian",
        suite: "bookworm",
        signedBy: "/usr/share/keyrings/debian-archive-keyring.gpg",
      },
      {
        uri: "http://mirror.example/debian",
        suite: "bookworm-updates",
        signedBy: "/usr/share/keyrings/debian-archive-keyring.gpg",
      },
    ]);
  });

  it("reads one-line entries with and without options", () => {
    const text = [
      "deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian bookworm main contrib # near",
      "deb http://security.example/debian-security bookworm-security main",
      "# deb http://off.example/debian bookworm main",
      "deb-src http://mirror.example/debian bookworm main",
      "deb https://download.example/linux bookworm stable",
    ].join("\n");
    expect(debianSources(new Map([["/etc/apt/sources.list", text]]), "bookworm")).toEqual([
      { uri: "http://mirror.example/debian", suite: "bookworm", signedBy: "/k.gpg" },
      { uri: "http://security.example/debian-security", suite: "bookworm-security", signedBy: undefined },
    ]);
  });

  it("omits files that apt ignores, and another release", () => {
    const files = new Map([
      ["/etc/apt/sources.list.d/old.list.save", "deb http://mirror.example/debian bookworm main"],
      ["/etc/apt/sources.list.d/testing.list", "deb http://mirror.example/debian trixie main"],
    ]);
    expect(debianSources(files, "bookworm")).toEqual([]);
  });

  it("keeps a key that is written into the file itself", () => {
    const text =
      "Types: deb\nURIs: http://m.example/debian\nSuites: bookworm\nComponents: main\nSigned-By:\n -----BEGIN PGP\n .\n abc\n";
    const [source] = debianSources(new Map([["/etc/apt/sources.list.d/m.sources", text]]), "bookworm");
    expect(source?.signedBy).toBe("\n -----BEGIN PGP\n .\n abc");
  });
});

describe("sourcesText", () => {
  it("requests programs and their source code", () => {
    expect(sourcesText([{ uri: "http://m.example/debian", suite: "bookworm", signedBy: undefined }])).toBe(
      "Types: deb deb-src\nURIs: http://m.example/debian\nSuites: bookworm\nComponents: main\n",
    );
  });
});
