#!/bin/bash
# Builds programs of Kubernetes from Debian's source tree, static, as the Kubernetes project does.
# Usage: kubernetes.sh SOURCE VERSION OUT REFLECT2 CRICTL PROGRAM...    (GOPATH and GOCACHE are the caller's)
set -euo pipefail
source=$1 version=$2 out=$3 reflect2=$4 crictl=$5
shift 5
mkdir -p "$GOPATH/src/k8s.io" "$out"
ln -sfn "$source" "$GOPATH/src/k8s.io/kubernetes"
cd "$GOPATH/src/k8s.io/kubernetes"
# GOPATH mode wants the path that goes through the link.
export GO111MODULE=off GOFLAGS= CGO_ENABLED=0 PWD="$GOPATH/src/k8s.io/kubernetes"

# Debian's Go breaks the vendored reflect2 1.0.1 (a nil pointer in json-iterator at run time); Debian's 1.0.2 is mended.
vendored=vendor/github.com/modern-go/reflect2
if [ ! -e "$vendored/.lab" ]; then
  rm -rf "$vendored"
  mkdir "$vendored"
  cp "$reflect2"/*.go "$reflect2"/*.s "$vendored/"
  rm -f "$vendored"/*_test.go
  touch "$vendored/.lab"
fi

# The kubelet's cadvisor waits five times a second, at each start, for a docker that is not there.
sed -i 's/^\(const \)\?\(\s*\)rootDirRetries *= .*/\1\2rootDirRetries = 0/' vendor/github.com/google/cadvisor/container/docker/factory.go

# Debian's source does not hold this generated file, and without it the apiserver does not compile.
if [ ! -s pkg/generated/openapi/zz_generated.openapi.go ]; then
  go build -o "$out/openapi-gen" k8s.io/kubernetes/vendor/k8s.io/kube-openapi/cmd/openapi-gen
  packages=$(grep -rl --include='*.go' --exclude='zz_generated*' '+k8s:openapi-gen=' pkg cmd plugin staging/src/k8s.io |
    grep -v -E '/(testdata|_examples|_output|code-generator|sample-apiserver|sample-controller)/' |
    xargs -n1 dirname | LC_ALL=C sort -u |
    sed -e 's#^staging/src/#k8s.io/kubernetes/vendor/#' -e t -e 's#^#k8s.io/kubernetes/#' | paste -sd,)
  "$out/openapi-gen" --logtostderr -i "$packages" -p k8s.io/kubernetes/pkg/generated/openapi -O zz_generated.openapi \
    -h hack/boilerplate/boilerplate.generatego.txt -r "$out/openapi.violations" --output-base "$GOPATH/src"
  rm -f "$out/openapi-gen" "$out/openapi.violations"
fi

mkdir -p cmd/crictl
cp "$crictl"/*.go cmd/crictl/
flags="-s -w"
for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
  at=k8s.io/kubernetes/vendor/$package
  minor=${version#v*.}
  flags="$flags -X $at.gitVersion=$version -X $at.gitMajor=1 -X $at.gitMinor=${minor%%.*} -X $at.gitTreeState=clean"
  flags="$flags -X $at.buildDate=2021-01-13T00:00:00Z"
done
go build -ldflags "$flags" -o "$out/" "${@/#/k8s.io/kubernetes/cmd/}"
