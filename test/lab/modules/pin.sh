#!/bin/bash
# Writes go.mod and go.sum of everything that the lab builds from Go modules: one folder for each program and version.
# Run it after a change of the versions below; the lab then builds with -mod=readonly, from these files alone.
# Usage: pin.sh [FOLDER...]    such as kubernetes-1.37.2; without one, all of them
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
kubernetes="1.37.2 1.36.3 1.35.4 1.34.4 1.33.13 1.32.13 1.31.14 1.30.14"
# Those that kubeadm of these versions asks for, where they are served: 3.5.35 stands in for 3.5.24.
etcd="3.7.0 3.6.8 3.6.6 3.6.5 3.5.35 3.5.15"
coredns=1.14.6
cri_tools=1.37.0
containerd=2.3.7
programs="kubeadm kubelet kubectl kube-apiserver kube-controller-manager kube-scheduler kube-proxy"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GOFLAGS=-mod=mod CGO_ENABLED=0 GOWORK=off

# Loads all packages of the programs, so that go.mod and go.sum say all that a build needs.
pin() { # pin FOLDER PACKAGE...
  local folder=$1
  shift
  go list -deps "$@" >/dev/null
  mkdir -p "$here/$folder"
  cp go.mod go.sum "$here/$folder/"
  echo "pinned $folder" >&2
}

# k8s.io/kubernetes requires its staging modules at v0.0.0 and replaces them by folders that its module does not hold:
# v0.MINOR.PATCH of each is the same code. Where that one is not served, the newest patch before it is taken.
# Kubernetes' own go and godebug lines decide how its programs behave.
pin_kubernetes() {
  local version=$1 source module minor patch
  printf 'module lab.test/kubernetes\n\ngo 1.22\n' >go.mod
  source=$(go mod download -json "k8s.io/kubernetes@v$version" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  minor=$(cut -d. -f2 <<<"$version")
  {
    printf 'module lab.test/kubernetes\n\n'
    awk '/^godebug \($/ { block = 1 } block || /^(go|godebug) / { print } /^\)$/ { block = 0 }' "$source/go.mod"
    printf '\nrequire k8s.io/kubernetes v%s\n\nreplace (\n' "$version"
    for module in $(awk '/=> \.\/staging\//{ print $1 }' "$source/go.mod"); do
      patch=$(cut -d. -f3 <<<"$version")
      until go mod download "$module@v0.$minor.$patch" >/dev/null 2>&1; do
        patch=$((patch - 1))
        [ "$patch" -ge 0 ] || { echo "$module: no v0.$minor is served" >&2; exit 1; }
      done
      printf '\t%s => %s v0.%s.%s\n' "$module" "$module" "$minor" "$patch"
    done
    printf ')\n'
  } >go.mod.new
  mv go.mod.new go.mod
  pin "kubernetes-$version" $(printf 'k8s.io/kubernetes/cmd/%s ' $programs)
}

pin_program() { # pin_program FOLDER MODULE@VERSION[,MODULE@VERSION] PACKAGE...
  local folder=$1 modules=$2
  shift 2
  printf 'module lab.test/program\n\ngo 1.22\n' >go.mod
  go get ${modules//,/ } >/dev/null 2>&1
  pin "$folder" "$@"
}

all() {
  printf 'kubernetes-%s\n' $kubernetes
  printf 'etcd-%s\n' $etcd
  printf '%s\n' "coredns-$coredns" "cri-tools-$cri_tools" "containerd-$containerd"
}

for folder in ${@:-$(all)}; do
  rm -rf "$work/module"
  mkdir "$work/module"
  version=${folder##*-}
  pushd "$work/module" >/dev/null
  case $folder in
    kubernetes-*) pin_kubernetes "$version" ;;
    etcd-*)
      pin_program "$folder" "go.etcd.io/etcd/server/v3@v$version,go.etcd.io/etcd/etcdctl/v3@v$version" \
        go.etcd.io/etcd/server/v3 go.etcd.io/etcd/etcdctl/v3 ;;
    coredns-*) pin_program "$folder" "github.com/coredns/coredns@v$version" github.com/coredns/coredns ;;
    cri-tools-*) pin_program "$folder" "sigs.k8s.io/cri-tools@v$version" sigs.k8s.io/cri-tools/cmd/crictl ;;
    containerd-*)
      pin_program "$folder" "github.com/containerd/containerd/v2@v$version" \
        github.com/containerd/containerd/v2/cmd/{containerd,containerd-shim-runc-v2,ctr} ;;
    *) echo "pin.sh: no module is called $folder" >&2; exit 1 ;;
  esac
  popd >/dev/null
done
