#!/bin/sh
# Puts a Linux kernel and a small root file system together, for tests that talk to a real kernel.
#   build.sh FOLDER [KERNEL-PACKAGE]
# FOLDER keeps what is downloaded and built; a second run finds it there. Debian only: the kernel is a
# package that is unpacked and not installed. Prints the reason in one line and exits 77 where a tool
# is missing, as automake's tests do.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$1
package=${2:-linux-image-amd64}
PATH=$PATH:/usr/sbin:/sbin
skip() { echo "skipped: $*"; exit 77; }

for tool in qemu-system-x86_64 apt-get dpkg-deb busybox ip gcc cpio gzip depmod modprobe ldd; do
  command -v $tool > /dev/null || skip "$tool is not installed (Debian: qemu-system-x86 busybox-static iproute2 gcc libc6-dev cpio kmod)"
done
mkdir -p "$folder/root"
folder=$(cd "$folder" && pwd)
stamp=$(cat "$here"/* | cksum | tr -d ' ')-$package
[ "$(cat "$folder/stamp" 2> /dev/null)" = "$stamp" ] && exit 0

# --- the kernel ---
if [ ! -d "$folder/kernel/$package" ]; then
  image=$(apt-cache depends "$package" 2> /dev/null | sed -n 's/.*Depends: \(linux-image[^ ]*\).*/\1/p' | head -1)
  mkdir -p "$folder/download"
  (cd "$folder/download" && rm -f ./*.deb && apt-get -qq download "${image:-$package}" > log 2>&1) \
    || skip "apt-get cannot download ${image:-$package}"
  mkdir -p "$folder/kernel"
  rm -rf "$folder/kernel/unpacking"
  dpkg-deb -x "$folder"/download/*.deb "$folder/kernel/unpacking"
  mv "$folder/kernel/unpacking" "$folder/kernel/$package"
fi
kernel=$folder/kernel/$package
cp "$kernel"/boot/vmlinuz-* "$folder/vmlinuz"
base=$kernel
[ -d "$base/lib/modules" ] || base=$kernel/usr
version=$(ls "$base/lib/modules")
depmod -b "$base" "$version"

# --- the root file system ---
root=$folder/root
rm -rf "$root"
mkdir -p "$root/bin" "$root/dev" "$root/etc" "$root/proc" "$root/sys" "$root/tmp" "$root/lib/modules/$version"
cp "$(command -v busybox)" "$root/bin/busybox"
for program in ip netlabelctl; do # without the second, tests of NetLabel alone are skipped
  file=$(readlink -f "$(command -v $program)") || continue
  cp "$file" "$root/bin/$program"
  ldd "$file" | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
  done
done
cp /etc/protocols "$root/etc/" 2> /dev/null \
  || printf 'icmp 1 ICMP\ntcp 6 TCP\nudp 17 UDP\nesp 50 ESP\nah 51 AH\nipv6-icmp 58 IPv6-ICMP\n' > "$root/etc/protocols"
for program in peer label; do
  gcc -O2 -Wall -Werror -static -o "$root/bin/$program" "$here/$program.c"
done
cp "$here/init" "$root/init"
chmod +x "$root/init"

# not xfrm_interface: where it is loaded, the kernel checks policies between the layers of nested tunnels
wanted="virtio_pci virtio_net af_packet xfrm_user esp4 esp6 ah4 ah6 ipcomp ipcomp6 xfrm4_tunnel xfrm6_tunnel tunnel4 tunnel6
 authenc authencesn seqiv echainiv cbc ctr gcm ccm ecb hmac cmac xcbc crypto_null chacha20poly1305 chacha_generic poly1305_generic
 ghash_generic aes_generic aesni_intel sha1_generic sha256_generic sha512_generic md5 rmd160 sm3_generic des_generic camellia_generic
 blowfish_generic cast5_generic serpent_generic twofish_generic deflate drbg jitterentropy_rng"
for module in $wanted; do
  modprobe -d "$base" -S "$version" --show-depends "$module" 2> /dev/null | sed -n 's/^insmod \([^ ]*\).*/\1/p'
done | awk '!seen[$0]++' | while read -r file; do
  name=$(basename "$file")
  case $name in
    *.xz) name=${name%.xz}; xz -dc "$file" > "$root/lib/modules/$name" ;;
    *) cp "$file" "$root/lib/modules/$name" ;;
  esac
  echo "$name"   # in an order in which each finds what it needs
done > "$root/etc/modules"
(cd "$root" && find . | cpio -o -H newc 2> /dev/null | gzip -1) > "$folder/initramfs"
echo "$stamp" > "$folder/stamp"
