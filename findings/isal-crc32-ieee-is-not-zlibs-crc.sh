#!/bin/bash
# ISA-L's crc32_ieee() is not the CRC-32 that zlib, Java's CRC32 and Ethernet compute; crc32_gzip_refl() is.
#
# Both use the IEEE polynomial, but crc32_ieee() takes the bits in the other order. For the usual check text "123456789" it
# gives fc891918 instead of cbf43926. A program that picks the function by its name writes message checksums that no peer accepts.
source "$(dirname "$0")/lib.sh"

(cd "$work" && apt-get download -q libisal-dev=2.30.0-5 libisal2=2.30.0-5 >/dev/null 2>&1)
for package in "$work"/*.deb; do dpkg -x "$package" "$work/root"; done
cat >"$work/crc.cpp" <<'C'
#include <isa-l/crc.h>
#include <cstdio>
int main() {
  const unsigned char text[] = "123456789";
  std::printf("crc32_ieee %08x\ncrc32_gzip_refl %08x\n", crc32_ieee(0, text, 9), crc32_gzip_refl(0, text, 9));
}
C
g++ -I"$work/root/usr/include" "$work/crc.cpp" "$(find "$work/root" -name 'libisal.so.2*' -type f)" -o "$work/crc"
expect 'libisal 2.30.0, the text 123456789' "$(LD_LIBRARY_PATH="$(dirname "$(find "$work/root" -name libisal.so.2)")" "$work/crc")" 'crc32_ieee fc891918
crc32_gzip_refl cbf43926'
expect "Python's zlib.crc32" "$(python3 -c 'import zlib; print("%08x" % zlib.crc32(b"123456789"))')" 'cbf43926'
