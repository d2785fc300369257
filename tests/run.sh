#!/bin/bash
# Installs what is needed, builds, runs the tests. The last line says `N passed, N failed`; the exit status is 0 only
# when nothing failed and something passed.
#
#   tests/run.sh [--preset dev|asan|tsan] [--unit] [--long]
#
# --preset  how to build: dev (default); asan, tsan with the address or the thread sanitizer. All at -Og, which g++ compiles in a
#           sixth less time than -O1, and in a third less with the checks of a sanitizer
# --unit    only what is below tests/unit
# --long    the long forms of the tests that have one (random tests, crash tests)
set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) || exit 1
preset=dev
build_targets=()
test_filter=()
while (($# > 0)); do
  case $1 in
    --preset) preset=${2:-}; shift ;;
    --preset=*) preset=${1#*=} ;;
    --unit)
      build_targets=(--target unit_tests)
      test_filter=(-L '^unit$')
      ;;
    --long) export ROCKETMQ_TEST_LONG=1 ;;
    *) preset= ;;
  esac
  shift
done
case $preset in
  dev | asan | tsan) ;;
  *)
    echo "usage: tests/run.sh [--preset dev|asan|tsan] [--unit] [--long]" >&2
    exit 1
    ;;
esac

cd "$root" || exit 1
jobs=2
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# fail WHAT: a part before the tests failed; it counts as one failure.
fail() {
  echo "tests/run.sh: $1" >&2
  echo "0 passed, 1 failed"
  exit 1
}

tools/install-deps.sh || fail "the dependencies are not installed"
cmake --preset "$preset" >"$log" 2>&1 || { tail -n 60 "$log"; fail "configuring failed"; }
echo "building preset $preset"
build_began=$SECONDS
cmake --build --preset "$preset" -j "$jobs" "${build_targets[@]}" >"$log" 2>&1 || { tail -n 100 "$log"; fail "the build failed"; }
echo "built in $((SECONDS - build_began)) s"

# A report from an older run must not be counted.
junit=$root/build/$preset/tests.xml
rm -f "$junit"
# More than there are processors: many of them only wait.
ctest --preset "$preset" "${test_filter[@]}" -j "$((jobs + 2))" --output-on-failure --no-tests=error --output-junit "$junit"
status=$?

python3 - "$junit" "$status" <<'PY'
import sys
import xml.etree.ElementTree as xml

try:
    cases = xml.parse(sys.argv[1]).getroot().findall("testcase")
except (OSError, xml.ParseError) as reason:
    print(f"there is no report of the tests: {reason}")
    cases = []
# A test whose program is missing is "notrun" too, but it did not ask to be skipped.
def asked_to_be_skipped(case):
    reason = case.find("skipped")
    return case.get("status") == "notrun" and reason is not None and reason.get("message", "").startswith("SKIP_")


skipped = [c.get("name") for c in cases if asked_to_be_skipped(c)]
disabled = [c.get("name") for c in cases if c.get("status") == "disabled"]
passed = [c for c in cases if c.get("status") == "run"]
failing = [c for c in cases if c not in passed and c.get("name") not in skipped + disabled]
failed = len(failing)
if int(sys.argv[2]) != 0 and failed == 0:
    failed = 1
for name in skipped:
    print(f"skipped: {name}")
for case in failing:
    print(f"FAIL {case.get('name')}")
print(f"{len(passed)} passed, {failed} failed")
sys.exit(0 if failed == 0 and passed else 1)
PY
