# The lab's kernel has no SELinux. This stands in for what haproxy and k8s-ha see of it on an enforcing host: the tools, and
# a bind() that is refused (EACCES, here by seccomp) while haproxy_connect_any is off, as it is at first.
set -e
mkdir -p /etc/selinux /usr/local/sbin /var/lib/selinux/targeted/active
printf 'SELINUX=enforcing\nSELINUXTYPE=targeted\n' >/etc/selinux/config
cat >/usr/local/sbin/getenforce <<'END'
#!/bin/sh
echo Enforcing
END
cat >/usr/local/sbin/getsebool <<'END'
#!/bin/sh
[ "$1" = haproxy_connect_any ] || { echo "Error getting active value for $1" >&2; exit 1; }
if [ -e /etc/systemd/system/haproxy.service.d/selinux.conf ]; then echo "$1 --> off"; else echo "$1 --> on"; fi
END
cat >/usr/local/sbin/setsebool <<'END'
#!/bin/sh
folder=/etc/systemd/system/haproxy.service.d
for word in "$@"; do
  case $word in
    -P) kept=yes ;;
    haproxy_connect_any=on) value=1; rm -rf "$folder" ;;
    haproxy_connect_any=off)
      value=0
      mkdir -p "$folder"
      printf '[Service]\nSystemCallFilter=~bind:EACCES\n' >"$folder/selinux.conf" ;;
    *) echo "$word?" >&2; exit 1 ;;
  esac
done
[ "$kept" != yes ] || echo "haproxy_connect_any=$value" >/var/lib/selinux/targeted/active/booleans.local
systemctl daemon-reload
END
# A policy gives files in this folder a type of their own.
cat >/usr/local/sbin/stat <<'END'
#!/bin/sh
case $* in
  "-c %C /usr/libexec/keepalived/"*) echo system_u:object_r:keepalived_unconfined_script_exec_t:s0 ;;
  *) exec /usr/bin/stat "$@" ;;
esac
END
cd /usr/local/sbin
chmod 755 getenforce getsebool setsebool stat
setsebool -P haproxy_connect_any=off
