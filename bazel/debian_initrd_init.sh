#!/bin/busybox sh
# shellcheck shell=dash
# /init of debian/initrd.gz, which fetch_guests.sh makes: the drivers of a virtio disk with ext4, and
# on to that disk's /sbin/init.
/bin/busybox mkdir -p /dev /mnt
/bin/busybox mount -t devtmpfs dev /dev
for module in virtio_mmio virtio_blk crc32c_generic crc16 mbcache jbd2 ext4; do
  /bin/busybox insmod /modules/$module.ko
done
/bin/busybox mount -t ext4 /dev/vda /mnt || exec /bin/busybox sh
/bin/busybox mount --move /dev /mnt/dev
exec /bin/busybox switch_root /mnt /sbin/init
