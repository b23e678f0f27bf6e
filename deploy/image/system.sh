#!/bin/sh
# system.sh, in a build: takes from Debian and Node what installs, compiles or administers. What stays is Node, its
# libraries, a shell and the small programs that one looks around with. test/containers/images.test.ts looks for leftovers.

set -eu

# Node's packages and headers.
rm -rf /usr/local/lib/node_modules /usr/local/bin/np[mx] /usr/local/bin/corepack /usr/local/bin/yarn* /opt/yarn* /usr/local/include

# Debian's packages. /var/lib/dpkg stays: scanners read there what is installed.
rm -rf /usr/bin/apt* /usr/bin/bashbug /usr/bin/dpkg* /usr/bin/debconf* /usr/bin/update-alternatives \
  /usr/lib/apt /usr/lib/dpkg /usr/libexec/dpkg /usr/lib/*/libapt-* /usr/share/debconf /usr/share/dpkg \
  /usr/lib/init /usr/share/bug /usr/share/gcc /usr/share/gdb /usr/share/lintian \
  /etc/apt /etc/dpkg /etc/debconf.conf /etc/cron.* /etc/init.d /etc/rc?.d /etc/logrotate.d /etc/update-motd.d /var/lib/apt

# Perl, and the programs that are written in it.
# shellcheck disable=SC2016   # for the inner shell
find /etc /opt /usr /var -xdev -type f -perm /111 -exec sh -c '
  for file; do
    case $(head -c 64 "$file" | tr -d "\0" | head -n 1) in "#!"*perl*) rm "$file" ;; esac
  done' sh {} +
rm -rf /usr/bin/perl* /usr/lib/*/perl* /usr/share/perl*

# File systems, accounts, and programs that change the user.
rm -rf /usr/sbin/* /usr/bin/mount /usr/bin/umount /usr/bin/su /usr/bin/sg /usr/bin/newgrp /usr/bin/login /usr/bin/passwd \
  /usr/bin/gpasswd /usr/bin/chage /usr/bin/chfn /usr/bin/chsh /usr/bin/expiry /usr/bin/faillog /usr/bin/lastlog \
  /usr/share/pam* /etc/pam* /etc/security /var/lib/pam /etc/*shadow /etc/*shadow- /etc/passwd- /etc/group- /etc/sub?id* /etc/*user.conf
find / -xdev -type f -perm /6000 -exec chmod a-s {} +

rm -rf /var/cache/* /var/log/* /root/.[!.]* /home/node/.[!.]*
