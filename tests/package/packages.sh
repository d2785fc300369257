#!/usr/bin/env bash
# Packs the suite as an archive and as Debian packages, and looks at what an administrator would find: names, files, links,
# units, and that an edited configuration survives the next installation.
#   packages.sh BUILD_DIR VERSION
set -eu
build=$(cd "$1" && pwd)
version=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

fail() {
  echo "FAIL $*"
  failures=$((failures + 1))
}
# has FILE_WITH_LIST REGEX WHAT
has() { grep -qE -- "$2" "$1" || fail "$3"; }
pack() { (cd "$work" && cpack --config "$build/CPackConfig.cmake" -G "$1" -B "$work/$1") >"$work/$1.log" 2>&1 || { tail -n 40 "$work/$1.log"; exit 1; }; }

pack TGZ
archive=$(basename "$work"/TGZ/*.tar.gz)
[[ $archive == rocketmq-cpp-$version-Linux-$(uname -m).tar.gz ]] || fail "the archive is called $archive"
tar -tzf "$work/TGZ/$archive" >"$work/archive"
for file in bin/mqadmin bin/mqbroker libexec/rocketmq/mqadmin bin/mqshutdown conf/broker.conf include/rocketmq/DefaultMQProducer.h lib/librocketmq_client.a \
  lib/librocketmq_client.so share/man/man1/mqbroker.1 share/systemd/mqbroker.service share/doc/rocketmq-cpp/operations.md; do
  has "$work/archive" "^[^/]+/$file\$" "the archive has no $file"
done

if ! command -v dpkg-deb >/dev/null || ! command -v dpkg-shlibdeps >/dev/null || ! command -v file >/dev/null; then
  echo "no dpkg here: Debian packages are not looked at"
  exit $((failures > 0))
fi
pack DEB
server=$(echo "$work"/DEB/rocketmq-cpp_*.deb)
library=$(echo "$work"/DEB/librocketmq-client[0-9]*.deb)
development=$(echo "$work"/DEB/librocketmq-client-dev_*.deb)
architecture=$(dpkg --print-architecture)
for package in "$server" "$library" "$development"; do
  [[ -f $package && $package == *_${version}_$architecture.deb ]] || fail "there is no package $package"
done

dpkg-deb -c "$server" >"$work/server"
for file in /opt/rocketmq/bin/mqbroker /opt/rocketmq/libexec/rocketmq/mqnamesrv /opt/rocketmq/conf/2m-noslave/broker-a.properties \
  /lib/systemd/system/mqbroker.service /lib/systemd/system/mqnamesrv.service /usr/share/man/man1/mqshutdown.1.gz \
  /usr/share/doc/rocketmq-cpp/operations.md /usr/share/doc/rocketmq-cpp/copyright; do
  has "$work/server" " \.$file\$" "the server's package has no $file"
done
for program in mqadmin mqbroker mqfiltersrv mqnamesrv mqshutdown rocketmq-quickstart; do
  has "$work/server" " \./usr/bin/$program -> (/opt|\.\./\.\./opt)/rocketmq/bin/$program\$" "there is no link /usr/bin/$program"
done
grep -qE 'include/|\.a$|librocketmq' "$work/server" && fail "the server's package has parts of the client"
dpkg-deb -c "$library" >"$work/library"
has "$work/library" " \./usr/lib/librocketmq_client\.so\.$version\$" "the library's package has no library"
dpkg-deb -c "$development" >"$work/development"
for file in /usr/include/rocketmq/DefaultMQProducer.h /usr/lib/librocketmq_client.a /usr/lib/pkgconfig/rocketmq-client.pc \
  /usr/lib/cmake/rocketmq/rocketmqConfig.cmake /usr/share/doc/librocketmq-client-dev/examples/quickstart_producer.cpp \
  /usr/share/doc/librocketmq-client-dev/examples/CMakeLists.txt; do
  has "$work/development" " \.$file\$" "the development package has no $file"
done
has "$work/development" ' \./usr/lib/librocketmq_client\.so -> ' "the development package has no link to the library"
dpkg-deb -f "$development" Depends | grep -q 'librocketmq-client[0-9.]* (= ' || fail "the development package does not depend on the library"
for package in "$server" "$library"; do
  dpkg-deb -f "$package" Depends | grep -q 'libc6' || fail "$package does not depend on what it links"
done

dpkg-deb -e "$server" "$work/control"
conf_count=$(grep -c ' \./opt/rocketmq/conf/.*[^/]$' "$work/server")
[[ $(wc -l <"$work/control/conffiles") == "$conf_count" ]] || fail "not every file below conf/ is a conffile"
for script in postinst prerm postrm; do sh -n "$work/control/$script" || fail "$script is no shell script"; done
has "$work/control/postinst" 'useradd --system' "the service's user is not made"
dpkg-deb -x "$server" "$work/root"
for unit in mqbroker mqfiltersrv mqnamesrv; do
  file=$work/root/lib/systemd/system/$unit.service
  for line in '^User=rocketmq$' '^LimitNOFILE=[0-9]+$' '^ExecReload=/bin/kill -HUP' '^RestartPreventExitStatus=1 253$' "^ExecStart=/opt/rocketmq/bin/$unit -c /opt/rocketmq/conf/"; do
    has "$file" "$line" "$unit.service has no $line"
  done
done
[[ $(readlink "$work/root/usr/bin/mqbroker") == */opt/rocketmq/bin/mqbroker ]] || fail "/usr/bin/mqbroker leads elsewhere"

# Installed twice into a root of its own, with an edited and a deleted file in between.
mkdir -p "$work/system/var/lib/dpkg/info" "$work/system/var/lib/dpkg/updates"
: >"$work/system/var/lib/dpkg/status"
install_server() {
  dpkg --root="$work/system" --log=/dev/null --force-not-root --force-depends --force-script-chrootless --force-architecture \
    --force-confdef --force-confold -i "$server" >"$work/dpkg.log" 2>&1 || { cat "$work/dpkg.log"; fail "dpkg cannot install the server"; }
}
if install_server && [[ -f $work/system/opt/rocketmq/conf/broker.conf ]]; then
  echo 'brokerName = mine' >"$work/system/opt/rocketmq/conf/broker.conf"
  install_server
  grep -q mine "$work/system/opt/rocketmq/conf/broker.conf" || fail "an edited configuration is overwritten"
  [[ -f $work/system/opt/rocketmq/conf/namesrv.properties ]] || fail "a configuration is lost"
fi

((failures == 0)) && echo "PASS packages"
exit $((failures > 0))
