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

for component in client client_runtime; do
  cmake --install "$build" --component $component --prefix "$work/prefix" >"$work/install.log" || { cat "$work/install.log"; exit 1; }
done
if grep -rlE '#include <(boost/asio|nlohmann)' "$work/prefix/include" | grep -v '/asio\.hpp$'; then
  echo "these public headers include Asio or JSON"
  exit 1
fi

cp "$here/outside.cmake" "$work/CMakeLists.txt"
cp "$here/uses_rocketmq.cpp" "$here/uses_asio.cpp" "$work"
cmake -S "$work" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_CXX_COMPILER="$compiler" \
  -DCMAKE_CXX_FLAGS="$flags" >"$work/cmake.log" || { cat "$work/cmake.log"; exit 1; }
cmake --build "$work/build" >"$work/build.log" || { cat "$work/build.log"; exit 1; }
"$work/build/uses_rocketmq"
"$work/build/uses_rocketmq_shared"
"$work/build/uses_asio"
echo "PASS find_package"

# A program's own Boost, fmt or spdlog must not meet ours.
foreign=$(nm -DC --defined-only "$work/prefix/lib/librocketmq_client.so" | grep -vE ' rocketmq::| (for|to) rocketmq::' || true)
if [[ -n $foreign ]]; then
  echo "the shared library shows more than namespace rocketmq:"
  head -n 20 <<<"$foreign"
  exit 1
fi
echo "PASS symbols"

# An older standard is refused in one line, in each header.
for header in "$work/prefix"/include/rocketmq/*; do
  "$compiler" -std=c++17 -I"$work/prefix/include" -fsyntax-only -x c++ "$header" 2>"$work/old.log" && {
    echo "$header compiles as C++17"
    exit 1
  }
  if [[ $(grep -c 'error: #error "the headers of the rocketmq client need C++20' "$work/old.log") != 1 ||
        $(grep -c 'error:' "$work/old.log") != 2 ]]; then
    echo "what $header says of C++17:"
    cat "$work/old.log"
    exit 1
  fi
done
echo "PASS C++17 refused"

if command -v pkg-config >/dev/null; then
  export PKG_CONFIG_PATH="$work/prefix/lib/pkgconfig"
  # The lines of docs/client.md.
  # shellcheck disable=SC2046,SC2086
  "$compiler" -std=c++20 $flags "$here/uses_rocketmq.cpp" -o "$work/by_pkg_config" \
    $(pkg-config --define-variable=prefix="$work/prefix" --cflags --libs rocketmq-client)
  LD_LIBRARY_PATH="$work/prefix/lib" "$work/by_pkg_config"
  rm "$work/prefix/lib"/librocketmq_client.so*
  # shellcheck disable=SC2046,SC2086
  "$compiler" -std=c++20 $flags "$here/uses_rocketmq.cpp" -o "$work/by_pkg_config_static" \
    $(pkg-config --define-variable=prefix="$work/prefix" --cflags --libs --static rocketmq-client)
  "$work/by_pkg_config_static"
  echo "PASS pkg-config"
fi
