#!/usr/bin/env bash
# Installs the client into a directory of its own and builds a program outside the source tree against it, once with
# find_package(rocketmq) and once with pkg-config.
#   client_package.sh BUILD_DIR COMPILER [COMPILER_FLAGS]
set -eu
build=$(cd "$1" && pwd)
compiler=$2
flags=${3:-}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME="$work"
unset NAMESRV_ADDR

cmake --install "$build" --component client --prefix "$work/prefix" >"$work/install.log" || { cat "$work/install.log"; exit 1; }
if grep -rlE '#include <(boost/asio|nlohmann)' "$work/prefix/include" | grep -v '/asio\.hpp$'; then
  echo "these public headers include Asio or JSON"
  exit 1
fi

cp "$here/outside.cmake" "$work/CMakeLists.txt"
cp "$here/uses_rocketmq.cpp" "$work"
cmake -S "$work" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_CXX_COMPILER="$compiler" \
  -DCMAKE_CXX_FLAGS="$flags" >"$work/cmake.log" || { cat "$work/cmake.log"; exit 1; }
cmake --build "$work/build" >"$work/build.log" || { cat "$work/build.log"; exit 1; }
"$work/build/uses_rocketmq"
echo "PASS find_package"

if command -v pkg-config >/dev/null; then
  export PKG_CONFIG_PATH="$work/prefix/lib/pkgconfig"
  # shellcheck disable=SC2046,SC2086
  "$compiler" -std=c++20 $flags "$here/uses_rocketmq.cpp" -o "$work/by_pkg_config" \
    $(pkg-config --define-variable=prefix="$work/prefix" --cflags --libs --static rocketmq-client)
  "$work/by_pkg_config"
  echo "PASS pkg-config"
fi
