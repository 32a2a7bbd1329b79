#!/bin/bash
# Makes a host of a bare Debian tree: users, sshd, Kubernetes' programs, units, the local apt repository, the images.
# Run it in a mount namespace and a pid namespace of its own, so that nothing is left of it.
# Usage: base.sh ROOT BIN IMAGES DEBS HOST_FILES PAUSE_IMAGE
set -euo pipefail
root=$1 bin=$2 images=$3 debs=$4 files=$5 pause=$6
units=$root/etc/systemd/system

install -m755 "$bin"/{kubeadm,kubelet,kubectl,crictl} "$root/usr/bin/"
install -m755 "$files/lab-early" "$root/usr/local/sbin/"
install -Dm644 "$files/sshd.conf" "$root/etc/ssh/sshd_config.d/lab.conf"
install -m644 "$files/lab-early.service" "$files/kubelet.service" "$units/"
install -Dm644 "$files/10-kubeadm.conf" "$units/kubelet.service.d/10-kubeadm.conf"
for unit in systemd-user-sessions systemd-sysctl; do
  install -Dm644 "$files/started-again.conf" "$units/$unit.service.d/lab.conf"
done
for unit in dbus containerd firewalld keepalived; do
  install -Dm644 "$files/started-anew.conf" "$units/$unit.service.d/lab.conf"
done
mkdir -p "$units/sysinit.target.wants" "$root/etc/kubernetes/manifests" "$root/etc/cni/net.d" "$root/opt/cni" \
  "$root/var/lib/kubelet" "$root/etc/containerd"
ln -sf ../lab-early.service "$units/sysinit.target.wants/"
ln -sfn /usr/lib/cni "$root/opt/cni/bin"
sed "s#@PAUSE@#$pause#" "$files/containerd.toml" >"$root/etc/containerd/config.toml"
echo 'runtime-endpoint: unix:///run/containerd/containerd.sock' >"$root/etc/crictl.yaml"

# --- users: root by key, admin with sudo, ops with sudo that asks for a password
chroot "$root" useradd -m -u 1000 -s /bin/bash admin
chroot "$root" useradd -m -u 1001 -s /bin/bash -G sudo ops
echo 'admin ALL=(ALL) NOPASSWD:ALL' >"$root/etc/sudoers.d/admin"
chmod 440 "$root/etc/sudoers.d/admin"
# Nobody reads the lecture, and it would be the only difference between a first and a second sudo.
echo 'Defaults lecture = never' >"$root/etc/sudoers.d/lecture"
rm -f "$root"/etc/ssh/ssh_host_* "$root/var/lib/dbus/machine-id" "$root/usr/sbin/policy-rc.d"
: >"$root/etc/machine-id"
# sshd warns at each login without it.
: >"$root/etc/default/locale"

# --- units that make no sense in a namespace, or would do something at a time of their own. A user's manager does not
# hear in a container that its cgroup is empty: it stops for half a minute, and every login of that user waits for it.
for unit in systemd-udevd.service systemd-udev-trigger.service systemd-udevd-control.socket systemd-udevd-kernel.socket \
  systemd-modules-load.service getty.target console-getty.service systemd-timesyncd.service systemd-networkd.service \
  systemd-resolved.service apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer \
  dpkg-db-backup.timer sys-kernel-debug.mount sys-kernel-tracing.mount dev-hugepages.mount dev-mqueue.mount \
  systemd-journald-audit.socket user@.service; do
  ln -sf /dev/null "$units/$unit"
done
ln -sf /lib/systemd/system/multi-user.target "$units/default.target"
# Each host gets what its scenario enables.
rm -f "$units/multi-user.target.wants/containerd.service" "$units/multi-user.target.wants/kubelet.service"
mkdir -p "$root/etc/systemd/journald.conf.d" "$root/etc/systemd/system.conf.d"
printf '[Journal]\nStorage=persistent\nSystemMaxUse=64M\nRateLimitIntervalSec=0\n' >"$root/etc/systemd/journald.conf.d/lab.conf"
printf '[Manager]\nDefaultTimeoutStopSec=15s\nDefaultCPUAccounting=no\n' >"$root/etc/systemd/system.conf.d/lab.conf"

# --- apt: what a host may install comes from a folder of its own, as nothing leaves the lab
rm -f "$root"/etc/apt/sources.list "$root"/etc/apt/sources.list.d/* "$root"/etc/apt/apt.conf.d/*mmdebstrap
rm -rf "$root"/var/lib/apt/lists/*
mkdir -p "$root/opt/debs"
cp "$debs"/*.deb "$debs/Packages" "$root/opt/debs/"
echo 'deb [trusted=yes] file:/opt/debs ./' >"$root/etc/apt/sources.list"
echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/lab"
# A nameserver that refuses at once; one that does not answer would hold up apt and sshd.
printf 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n' >"$root/etc/resolv.conf"
mount -t proc proc "$root/proc"
chroot "$root" apt-get update -qq

# --- the images, imported once for all hosts
rm -rf "$root/var/lib/containerd"
mkdir -p "$root/var/lib/containerd" "$root/run/bake" "$root/mnt/images"
mount --bind "$images" "$root/mnt/images"
chroot "$root" containerd -a /run/bake/socket --state /run/bake/state 2>/dev/null &
containerd=$!
ctr() { chroot "$root" ctr -a /run/bake/socket "$@"; }
for _ in $(seq 100); do
  ctr version >/dev/null 2>&1 && break
  sleep 0.1
done
for archive in "$images"/*.tar; do
  ctr -n k8s.io images import "/mnt/images/${archive##*/}" >/dev/null
done
kill "$containerd"
wait "$containerd" || true
umount "$root/mnt/images" "$root/proc"
rmdir "$root/mnt/images"
rm -rf "$root/run/bake"
