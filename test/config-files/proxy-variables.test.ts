import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  httpsProxy,
  isExempt,
  noProxy,
  proxiesIn,
  shownProxies,
} from "../../src/config-files/proxy-variables.js";
import { manifestsOf } from "./manifests.js";

type Manifests = ReturnType<typeof manifestsOf>;

/** The manifests with these variables in some of the static pods. */
function withVariables(
  variables: Readonly<Record<string, string>>,
  pods: readonly (keyof Manifests)[] = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"],
): Manifests {
  const env = Object.entries(variables).map(
    ([name, value]) => `    - name: ${name}\n      value: ${value}\n`,
  );
  const manifests = manifestsOf("1.37.2");
  for (const pod of pods)
    manifests[pod] = manifests[pod].replace("    image: ", `    env:\n${env.join("")}    image: `);
  return manifests;
}

describe("proxy variables of static pods", () => {
  it("are those that all three pods of kubeadm have", () => {
    const variables = { HTTPS_PROXY: "http://10.88.0.1:3128", no_proxy: "10.0.0.0/8", LANG: "C" };
    expect(proxiesIn(withVariables(variables))).toEqual({
      HTTPS_PROXY: "http://10.88.0.1:3128",
      no_proxy: "10.0.0.0/8",
    });
    expect(proxiesIn(withVariables(variables, ["kube-apiserver", "kube-scheduler"]))).toEqual({});
    expect(proxiesIn(withVariables(variables), ["HTTPS_PROXY"])).toEqual({ no_proxy: "10.0.0.0/8" });
  });

  it("are none in the manifests of a cluster without a proxy", () => {
    expect(proxiesIn(manifestsOf("1.30.14"))).toEqual({});
    expect(proxiesIn({})).toEqual({});
  });

  it("are shown without the user and the password of a URL", () => {
    const variables = {
      HTTPS_PROXY: "http://me:p@ss@proxy:3128/",
      http_proxy: "me:word@proxy",
      NO_PROXY: "a,b",
    };
    expect(shownProxies(variables)).toEqual({
      HTTPS_PROXY: "http://[secret]@proxy:3128/",
      http_proxy: "[secret]@proxy",
      NO_PROXY: "a,b",
    });
  });

  it("prefer upper case, as Go does", () => {
    expect(httpsProxy({ https_proxy: "a", HTTPS_PROXY: "b" })).toBe("b");
    expect(httpsProxy({ http_proxy: "a" })).toBeUndefined();
    expect(noProxy({ no_proxy: "a", NO_PROXY: "b" })).toBe("b");
    expect(noProxy({})).toBe("");
  });
});

describe("an exception from the proxy", () => {
  it.each([
    ["10.88.0.11", "10.88.0.11", true],
    ["10.88.0.11", "10.88.0.1", false],
    ["10.88.0.11", "10.88.0.0/24", true],
    ["10.88.1.11", "10.88.0.0/24", false],
    ["10.88.0.11", "10.88.0.11:6443", true],
    ["10.88.0.11", "10.88.0.11:443", false],
    ["10.88.0.11", ".11", true],
    ["fd00:88::11", "fd00:88:0::11", true],
    ["fd00:88::11", "[fd00:88::11]:6443", true],
    ["fd00:88::11", "fd00:88::/64", true],
    ["fd00:88::11", "10.0.0.0/8", false],
    ["api.example.org", "example.org", true],
    ["api.example.org", "API.Example.org", true],
    ["api.example.org", ".example.org", true],
    ["api.example.org", "*.example.org", true],
    ["example.org", ".example.org", false],
    ["badexample.org", "example.org", false],
    ["api.example.org", "example.org:6443", true],
    ["api.example.org", "example.org:80", false],
    ["api.example.org", " a , * ", true],
    ["127.0.0.1", "", true],
    ["::1", "", true],
    ["localhost", "", true],
    ["10.88.0.11", "", false],
    ["10.88.0.11", "10.88.0.0/99,:80,10.88.0.11/", false],
  ])("for %s from %j: %s", (host, exceptions, expected) => {
    expect(isExempt(host, 6443, exceptions)).toBe(expected);
  });

  it("covers an address in any network around it, and every host by *", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 0, max: 32 }), fc.ipV4(), (host, bits, other) => {
        expect(isExempt(host, 6443, `${other},${host}/${bits}`)).toBe(true);
        expect(isExempt(host, 6443, "*")).toBe(true);
      }),
    );
  });
});
