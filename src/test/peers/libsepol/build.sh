#!/bin/bash
# Makes what LibsepolTest compares with, on Debian 12 or newer with apt:
#
#   src/test/peers/libsepol/build.sh SCRIPTS WORKDIR [SEED]
#
# SCRIPTS has oracle.c, which asks libsepol, and the scripts that install what it needs and link
# Debian's policies from their packages; nothing on this machine's own SELinux is touched. In WORKDIR
# there are then: oracle, the policies default.33 and mls.33, both at older versions, and for each
# NAME.tsv with questions from the seed and libsepol's answers. Debian's policies are not ours to
# keep: leave them there.
set -euo pipefail

scripts=$(cd "${1:?the folder with oracle.c}" && pwd)
work=${2:?a folder to work in}
seed=${3:-20261}
mkdir -p "$work"
work=$(cd "$work" && pwd)

[ -f /usr/include/sepol/policydb.h ] && command -v semodule >/dev/null || bash "$scripts/00_setup.sh"
[ -f "$work/policies/mls.33" ] || bash "$scripts/10_build_debian_policies.sh" "$work"
[ -x "$work/oracle" ] || cc -O2 -w -o "$work/oracle" "$scripts/oracle.c" -l:libsepol.a

oracle=$work/oracle
for name in default mls; do
  cp "$work/policies/$name.33" "$work/$name.33"
  for version in 24 29; do
    [ -f "$work/$name.$version" ] || "$oracle" "$work/$name.33" rewrite "$work/$name.$version" $version
  done
done
for policy in "$work"/*.[23][0-9]; do
  {
    "$oracle" "$policy" gen "$seed" isid 30
    "$oracle" "$policy" gen "$seed" av 4000
    for kind in ctx badctx trans vt dom net; do
      "$oracle" "$policy" gen "$seed" $kind 1000
    done
  } | "$oracle" "$policy" answer 2>/dev/null >"$policy.tsv"
  echo "$(basename "$policy"): $(wc -l <"$policy.tsv") answers"
done
