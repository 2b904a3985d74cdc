#!/bin/bash
# /sbin/init of the Debian root file system that fetch_guests.sh makes: a shell on the console; the
# machine powers off when it ends.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin HOME=/root TERM=vt102 LANG=C.UTF-8
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /run
[ ! -r /etc/hostname ] || cat /etc/hostname >/proc/sys/kernel/hostname
cd /root || cd /
console=/dev/$(sed 's/.* //' /sys/class/tty/console/active)
setsid --ctty --wait bash --login <>"$console" >&0 2>&0
sync
mount -o remount,ro /
echo o >/proc/sysrq-trigger
sleep 1000
