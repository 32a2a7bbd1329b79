#!/bin/bash
# Packs the programs into container images (docker-archive tar files), under the names that kubeadm asks for.
# Usage: images.sh KUBERNETES OTHERS HOST_ROOT OUT    (two folders with programs; the names, one a line, on stdin)
set -euo pipefail
bin=$1 others=$2 host=$3 out=$4
work=$(mktemp -d "$out.XXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"

pack() { # pack IMAGE_NAME ROOT PROGRAM
  local image=$work/image layer config
  rm -rf "$image"
  mkdir "$image"
  tar --numeric-owner --owner=0 --group=0 --mtime=@0 --sort=name -C "$2" -cf "$image/layer.tar" .
  layer=$(sha256sum "$image/layer.tar" | cut -d' ' -f1)
  cat >"$image/config" <<JSON
{"architecture":"amd64","os":"linux","created":"2021-01-13T00:00:00Z",
 "config":{"Env":["PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"],"Entrypoint":["$3"]},
 "rootfs":{"type":"layers","diff_ids":["sha256:$layer"]}}
JSON
  config=$(sha256sum "$image/config" | cut -d' ' -f1).json
  mv "$image/config" "$image/$config"
  printf '[{"Config":"%s","RepoTags":["%s"],"Layers":["layer.tar"]}]' "$config" "$1" >"$image/manifest.json"
  tar -C "$image" -cf "$out/$(basename "${1%:*}").tar" manifest.json "$config" layer.tar
}

with_libraries() { # with_libraries ROOT FILE...   copies programs of the host tree and what they link to
  local root=$1 file library
  shift
  for file in "$@"; do
    mkdir -p "$root${file%/*}"
    cp -a "$host$file" "$root$file"
    [ -L "$host$file" ] && continue
    for library in $(chroot "$host" ldd "$file" 2>/dev/null | grep -o '/[^ ]*'); do
      mkdir -p "$root${library%/*}"
      cp -L "$host$library" "$root$library"
    done
  done
}

new_root() {
  rm -rf "$work/root"
  mkdir -p "$work/root"/{usr/local/bin,tmp,etc}
  chmod 1777 "$work/root/tmp"
}

add_packet_filter() { # kube-proxy programs the kernel with the host's own iptables and nft
  local root=$work/root folder name
  for folder in bin sbin lib lib64; do
    [ -L "$host/$folder" ] || continue
    mkdir -p "$root/usr/$folder"
    ln -s "usr/$folder" "$root/$folder"
  done
  mkdir -p "$root/run" "$root/var/lib" "$root/usr/lib/x86_64-linux-gnu"
  with_libraries "$root" /usr/sbin/xtables-nft-multi /usr/sbin/conntrack /usr/sbin/nft /usr/bin/kmod
  for name in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
    ln -sf xtables-nft-multi "$root/usr/sbin/$name"
  done
  # What is matched and done are libraries of their own, which link to more: `statistic`, for a Service of several, to libm.
  with_libraries "$root" $(cd "$host" && printf '/%s\n' usr/lib/x86_64-linux-gnu/xtables/*)
  cp "$host/etc/protocols" "$host/etc/services" "$root/etc/" 2>/dev/null || true
}

while read -r image; do
  name=$(basename "${image%:*}")
  new_root
  case $name in
    kube-apiserver | kube-controller-manager | kube-scheduler)
      cp "$bin/$name" "$work/root/usr/local/bin/"
      pack "$image" "$work/root" "/usr/local/bin/$name" ;;
    kube-proxy)
      cp "$bin/$name" "$work/root/usr/local/bin/"
      add_packet_filter
      pack "$image" "$work/root" "/usr/local/bin/$name" ;;
    etcd)
      cp "$others/etcd" "$others/etcdctl" "$work/root/usr/local/bin/"
      # Debian's links to libc.
      for library in $(ldd "$others/etcd" 2>/dev/null | grep -o '/[^ ]*'); do
        mkdir -p "$work/root${library%/*}"
        cp -L "$host$library" "$work/root$library"
      done
      pack "$image" "$work/root" /usr/local/bin/etcd ;;
    pause | coredns)
      cp "$others/$name" "$work/root/$name"
      pack "$image" "$work/root" "/$name" ;;
    *)
      echo "images.sh: nothing here to make $image of" >&2
      exit 1 ;;
  esac
done
