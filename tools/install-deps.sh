#!/bin/bash
# Installs what building and testing need, from the distribution's own packages.
#
#   tools/install-deps.sh               install what is missing; nothing is done when all is there
#   tools/install-deps.sh --no-checks   without what only checks (clang-format, clang-tidy, clang for fuzzing)
#   tools/install-deps.sh --print       only name the packages
#
# Debian 12 or later and Ubuntu 24.04 or later. Installs, and never removes or replaces, packages.
set -euo pipefail

packages=(g++ cmake ninja-build ccache mold pkg-config libspdlog-dev nlohmann-json3-dev libcli11-dev libgtest-dev
  libgmock-dev libbenchmark-dev zlib1g-dev liblz4-dev libzstd-dev libssl-dev libisal-dev libsqlite3-dev
  prometheus-cpp-dev liblua5.4-dev libseccomp-dev libyaml-cpp-dev python3
  dpkg-dev file)
# For the parts format, lint and fuzz of .ci/run, which are skipped without them. Each version formats differently, so it is
# this one, which Debian 12 and Ubuntu 24.04 have.
check_packages=(clang-format-14 clang-tidy-14 clang-14 libclang-rt-14-dev)
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

# Boost 1.81 is the oldest that builds this project. Debian 12 has it beside its default 1.74.
case $id in
  debian) ((major >= 12)) && boost=$([[ $major == 12 ]] && echo libboost1.81-dev || echo libboost-dev) ;;
  ubuntu) ((major >= 24)) && boost=libboost-dev ;;
esac
if [[ -z ${boost:-} ]]; then
  echo "install-deps: only Debian 12 and Ubuntu 24.04 (or later) are known here, and this is $id $version." >&2
  echo "Install these, by whatever names your system gives them, and continue with the build:" >&2
  echo "  a C++20 compiler (g++ 12 or later), CMake 3.25 or later, Ninja, Boost headers 1.81 or later, spdlog," >&2
  echo "  nlohmann_json, CLI11, zlib, LZ4, Zstandard, OpenSSL, ISA-L, SQLite, prometheus-cpp, Lua 5.4, libseccomp, yaml-cpp; for the tests GoogleTest and GoogleMock, python3;" >&2
  echo "  for the benchmarks Google Benchmark; ccache makes repeated builds fast, mold links fast." >&2
  echo "The Debian packages are: ${packages[*]} libboost1.81-dev" >&2
  exit 1
fi
packages+=("$boost")
[[ $id-$major == debian-12 || $id-$major == ubuntu-24 ]] || check_packages=()

if [[ ${1:-} == --no-checks ]]; then
  check_packages=()
  shift
fi
if [[ ${1:-} == --print ]]; then
  printf '%s\n' "${packages[@]}" "${check_packages[@]}"
  exit 0
elif [[ $# -gt 0 ]]; then
  die "unknown argument '$1'; usage: install-deps.sh [--no-checks] [--print]"
fi

missing=() missing_checks=()
for package in "${packages[@]}"; do is_installed "$package" || missing+=("$package"); done
for package in "${check_packages[@]}"; do is_installed "$package" || missing_checks+=("$package"); done
if [[ ${#missing[@]} == 0 && ${#missing_checks[@]} == 0 ]]; then
  say "everything is installed already"
  exit 0
fi

if [[ $boost == libboost1.81-dev && " ${missing[*]} " == *" $boost "* ]]; then
  for old in libboost1.74-dev libboost-dev; do
    if is_installed "$old"; then
      die "$old is installed. Debian's default Boost development packages (1.74) and libboost1.81-dev, which is needed
here, exclude each other. Nothing was changed. To continue, remove the old ones yourself:
  apt-get remove libboost1.74-dev"
    fi
  done
fi

as_root=()
if [[ $(id -u) != 0 ]]; then
  if ! command -v sudo >/dev/null; then
    message="neither root nor sudo is available; as root: apt-get install ${missing[*]} ${missing_checks[*]}"
    [[ ${#missing[@]} == 0 ]] || die "$message"
    say "$message; .ci/run will skip what needs them"
    exit 0
  fi
  as_root=(sudo)
fi

say "installing ${missing[*]} ${missing_checks[*]}"
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y)
"${apt[@]}" update || say "the package lists could not be refreshed, continuing with the present ones"
# install PACKAGE…: also true when there is nothing to install.
install() { (($# == 0)) || "${apt[@]}" install --no-install-recommends --no-remove "$@"; }
install "${missing[@]}" || die "apt-get could not install: ${missing[*]}"
install "${missing_checks[@]}" ||
  say "apt-get could not install ${missing_checks[*]}; .ci/run will skip what needs them"
say "done"
