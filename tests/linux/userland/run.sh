#!/bin/bash
# What runs in the guest, under its bash, from the directory of these files.
export PATH=/usr/sbin:/usr/bin LC_ALL=C
mount -t proc proc /proc
mount -t tmpfs tmpfs /tmp
cp Makefile ./*.c ./*.h ./*.py /tmp
cd /tmp || exit 1
make -s program && ./program
python3 program.py
sha256sum /usr/bin/python3.13
perl -e 'my %sum; $sum{$_ % 97} += $_ for 1..100000; print "perl ", join(",", @sum{0, 1, 96}), "\n"'
sqlite3 data.db 'create table t(a, b);
  with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000)
    insert into t select i, hex(i) from n;
  create index by_b on t(b);
  select "sqlite", count(*), sum(a), max(b) from t;
  pragma integrity_check;'
seq 1 100000 >numbers
echo "openssl $(openssl dgst -sha512 -r numbers | cut -c1-128)"
xz -T1 -k numbers
echo "xz $(xz -dc numbers.xz | sha256sum | cut -c1-64)"
echo "written by the guest" >/var/written
sync
/job/busybox poweroff -f
