#!/bin/bash
# Supervises one host: gives it a network and cgroups, runs systemd-nspawn in them, and does so again after each
# reboot, as a reboot loses what was only configured at run time.
# Usage: boot-host.sh NAME ROOT RUN_FOLDER NETNS OPERATOR_NETNS CGROUP LINK
set -euo pipefail
name=$1 root=$2 run=$3 netns=$4 operator=$5 cgroup=$6 link=$7

start_time() { sed 's/^.*) //' "/proc/$1/stat" | cut -d' ' -f20; }
echo "$$ $(start_time $$)" >"$run/supervisor.new"
mv "$run/supervisor.new" "$run/supervisor"

make_network() {
  # The kernel ends a namespace in its own time; the link must be gone before it can be made again.
  ip -n "$operator" link del "$link" 2>/dev/null || true
  ip netns del "$netns" 2>/dev/null || true
  ip netns add "$netns"
  ip -n "$netns" -batch "$run/host.ip"
  ip -n "$operator" -batch "$run/operator.ip"
}

# Prints one folder per cgroup hierarchy that counts: every v1 hierarchy, or the unified one where there is no other.
hierarchies() {
  local v1
  v1=$(awk -F: '$1 != "0" { sub(/^name=/, "", $2); print "/sys/fs/cgroup/" $2 }' /proc/self/cgroup)
  echo "${v1:-/sys/fs/cgroup}"
}

enter_cgroup() {
  local top leaf
  for top in $(hierarchies); do
    leaf=$top/$cgroup/$1
    mkdir -p "$leaf"
    if [ -e "$leaf/cpuset.cpus" ] && [ ! -e "$leaf/cgroup.controllers" ]; then
      # v1: a new cpuset is empty, and an empty one takes no process.
      for folder in "$top/$cgroup" "$leaf"; do
        cat "${folder%/*}/cpuset.cpus" >"$folder/cpuset.cpus"
        cat "${folder%/*}/cpuset.mems" >"$folder/cpuset.mems"
        echo 1 >"$folder/cgroup.clone_children"
      done
    elif [ -e "$leaf/cgroup.controllers" ]; then
      for folder in "$top" "$top/$cgroup"; do
        sed 's/\(^\| \)/\1+/g' "$folder/cgroup.controllers" >"$folder/cgroup.subtree_control"
      done
    fi
    echo "$BASHPID" >"$leaf/cgroup.procs"
  done
}

if [ -e /sys/fs/cgroup/cgroup.controllers ]; then unified=1; else unified=0; fi
# nspawn's own unit, seccomp filter and lock files need a systemd and capabilities that not every machine has.
export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=$unified SYSTEMD_NSPAWN_API_VFS_WRITABLE=network
export SYSTEMD_SECCOMP=0 SYSTEMD_NSPAWN_LOCK=0

# kubeadm looks in it for what the kernel can do, where /proc does not tell.
kernel_config=()
if [ ! -e /proc/config.gz ] && [ -e "/boot/config-$(uname -r)" ]; then
  kernel_config=(--bind-ro="/boot/config-$(uname -r)")
fi

enter_cgroup supervisors
while :; do
  make_network
  status=0
  (
    enter_cgroup "$name"
    # From 256 on systemd boots below cgroup v1 only when its command line says so.
    # The machine's real kmsg would take every host's messages into the machine's dmesg; the kubelet only opens it.
    exec systemd-nspawn --quiet --boot --directory="$root" --machine="$netns" --hostname="$name" \
      --register=no --keep-unit --network-namespace-path="/run/netns/$netns" --capability=all \
      --resolv-conf=off --timezone=off --link-journal=no --console=read-only --bind=/dev/null:/dev/kmsg \
      "${kernel_config[@]}" -- SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1
  ) || status=$?
  # With --keep-unit nspawn does not boot again by itself: 133 says that the host asked for a reboot.
  [ "$status" = 133 ] || exit "$status"
done
