#!/bin/bash
# Installs what building and testing need, from the distribution's own packages.
#
#   tools/install-deps.sh           install what is missing; nothing is done when all is there
#   tools/install-deps.sh --print   only name the packages
#
# Debian 12 or later and Ubuntu 24.04 or later. Installs, and never removes or replaces, packages.
set -euo pipefail

packages=(g++ cmake ninja-build ccache pkg-config libspdlog-dev nlohmann-json3-dev libcli11-dev libgtest-dev
  libgmock-dev libbenchmark-dev zlib1g-dev liblz4-dev libzstd-dev libssl-dev libisal-dev libsqlite3-dev python3
  dpkg-dev file)
os_release=${OS_RELEASE_FILE:-/etc/os-release}

say() { echo "install-deps: $*"; }
die() {
  echo "install-deps: $*" >&2
  exit 1
}

is_installed() { [[ $(dpkg-query -W -f '${Status}' "$1" 2>/dev/null) == *" installed" ]]; }

id=unknown version=0
if [[ -r $os_release ]]; then
  # shellcheck disable=SC1090
  id=$(. "$os_release" && echo "${ID:-unknown}")
  # shellcheck disable=SC1090
  version=$(. "$os_release" && echo "${VERSION_ID:-0}")
fi
major=${version%%.*}

# Boost 1.81 is the oldest that builds this project. Debian 12 has it beside its default 1.74. The format and lint checks
# of .ci/run want version 14 of the clang tools, because each version formats differently; later releases lack it, and the
# checks are skipped there.
clang_tools=(clang-format-14 clang-tidy-14)
case $id in
  debian)
    ((major >= 12)) && boost=$([[ $major == 12 ]] && echo libboost1.81-dev || echo libboost-dev)
    [[ $major == 12 ]] && packages+=("${clang_tools[@]}")
    ;;
  ubuntu)
    ((major >= 24)) && boost=libboost-dev
    [[ $major == 24 ]] && packages+=("${clang_tools[@]}")
    ;;
esac
if [[ -z ${boost:-} ]]; then
  echo "install-deps: only Debian 12 and Ubuntu 24.04 (or later) are known here, and this is $id $version." >&2
  echo "Install these, by whatever names your system gives them, and go on with the build:" >&2
  echo "  a C++20 compiler (g++ 12 or later), CMake 3.25 or later, Ninja, Boost headers 1.81 or later, spdlog," >&2
  echo "  nlohmann_json, CLI11, zlib, LZ4, Zstandard, OpenSSL, ISA-L, SQLite; for the tests GoogleTest and GoogleMock, python3;" >&2
  echo "  for the benchmarks Google Benchmark; ccache makes repeated builds fast." >&2
  echo "The Debian packages are: ${packages[*]} libboost1.81-dev" >&2
  exit 1
fi
packages+=("$boost")

if [[ ${1:-} == --print ]]; then
  printf '%s\n' "${packages[@]}"
  exit 0
elif [[ $# -gt 0 ]]; then
  die "unknown argument '$1'; usage: install-deps.sh [--print]"
fi

missing=()
for package in "${packages[@]}"; do is_installed "$package" || missing+=("$package"); done
if [[ ${#missing[@]} == 0 ]]; then
  say "everything is installed already"
  exit 0
fi

if [[ $boost == libboost1.81-dev && " ${missing[*]} " == *" $boost "* ]]; then
  for old in libboost1.74-dev libboost-dev; do
    if is_installed "$old"; then
      die "$old is installed. Debian's default Boost development packages (1.74) and libboost1.81-dev, which is needed
here, exclude each other. Nothing was changed. To go on, remove the old ones yourself:
  apt-get remove libboost1.74-dev"
    fi
  done
fi

as_root=()
if [[ $(id -u) != 0 ]]; then
  command -v sudo >/dev/null || die "neither root nor sudo is at hand; as root: apt-get install ${missing[*]}"
  as_root=(sudo)
fi

say "installing ${missing[*]}"
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y)
"${apt[@]}" update || say "the package lists could not be refreshed, going on with those that are there"
"${apt[@]}" install --no-install-recommends --no-remove "${missing[@]}" ||
  die "apt-get could not install: ${missing[*]}"
say "done"
