#!/bin/bash
# Builds the fuzzing targets and runs them. The last line says `N passed, N failed`, targets; the exit status is 0 only when
# none failed. What is found is kept, with the command that plays it again.
#
#   tests/fuzz/run.sh [--seconds N] [--jobs N] [--input-seconds N] [--keep FOLDER] [TARGET…]
#
# --seconds        how long each target runs; default 30
# --jobs           targets at a time; default 2
# --input-seconds  how long one input may take; default 5
# --keep           where inputs that reach new code are kept, for the next run; default build/fuzz/corpus
# TARGET           a source in this folder without its ending; default: all
set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || exit 1
seconds=30
jobs=2
input_seconds=5
keep=$root/build/fuzz/corpus
found=$root/build/fuzz/found
rss_mb=512
targets=()

usage() {
  echo "usage: tests/fuzz/run.sh [--seconds N] [--jobs N] [--input-seconds N] [--keep FOLDER] [TARGET…]" >&2
  exit 1
}
while (($# > 0)); do
  case $1 in
    --seconds | --jobs | --input-seconds)
      [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || usage
      case $1 in
        --seconds) seconds=$2 ;;
        --jobs) jobs=$2 ;;
        *) input_seconds=$2 ;;
      esac
      shift
      ;;
    --keep)
      [[ -n ${2:-} ]] || usage
      keep=$2
      shift
      ;;
    -*) usage ;;
    *)
      [[ -f $root/tests/fuzz/$1.cpp ]] || {
        echo "tests/fuzz/run.sh: there is no tests/fuzz/$1.cpp" >&2
        usage
      }
      targets+=("$1")
      ;;
  esac
  shift
done

# The compiler that the preset names, with libFuzzer.
if ! echo 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }' |
  clang++-14 -x c++ - -fsanitize=fuzzer,address -o /dev/null 2>/dev/null; then
  echo "skipped: clang++-14 with libFuzzer is not installed (clang-14, libclang-rt-14-dev)"
  echo "0 passed, 0 failed"
  exit 0
fi

work=$(mktemp -d)
# Some targets read files: best in memory.
files=$work
[[ -w /dev/shm ]] && files=$(mktemp -d -p /dev/shm rocketmq-fuzz-XXXXXX)
trap 'rm -rf "$work" "$files"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

cd "$root" || exit 1
build_began=$SECONDS
if ! { cmake --preset fuzz && cmake --build --preset fuzz -j 2; } >"$work/build" 2>&1; then
  tail -n 60 "$work/build"
  echo "FAIL the build"
  echo "0 passed, 1 failed"
  exit 1
fi
echo "built in $((SECONDS - build_began)) s"
if ((${#targets[@]} == 0)); then
  for program in build/fuzz/bin/fuzz_*; do targets+=("${program##*/fuzz_}"); done
fi
python3 tests/fuzz/seeds.py "$work/seeds" || exit 1

# run_target NAME: writes the last line about it to $work/NAME.
run_target() {
  local name=$1 program=$root/build/fuzz/bin/fuzz_$1 log=$work/$1.log
  local seeds=$work/seeds/$name dictionary=$root/tests/fuzz/dictionaries/$name.dict
  mkdir -p "$keep/$name" "$found/$name" "$seeds" "$files/$name"
  local options=(-max_total_time="$seconds" -timeout="$input_seconds" -rss_limit_mb="$rss_mb" -print_final_stats=1
    -print_funcs=0 -artifact_prefix="$found/$name/")
  [[ ! -f $dictionary ]] || options+=(-dict="$dictionary")
  if TMPDIR=$files/$name "$program" "${options[@]}" "$keep/$name" "$seeds" >"$log" 2>&1 </dev/null; then
    local runs
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    echo "PASS $name: $runs inputs" | tee "$work/$name.result"
    return 0
  fi
  {
    grep -aE '^(does not hold|SUMMARY|==[0-9]+== ERROR|.*runtime error)' "$log" || tail -n 5 "$log"
    local input
    input=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
    echo "FAIL $name"
    echo "again: build/fuzz/bin/fuzz_$name ${input:-(no input was kept)}"
  } | tee "$work/$name.result"
}

for name in "${targets[@]}"; do
  while (($(jobs -pr | wc -l) >= jobs)); do wait -n; done
  run_target "$name" &
done
wait
passed=$(grep -l '^PASS' "$work"/*.result 2>/dev/null | wc -l)
failed=$((${#targets[@]} - passed))
echo "$passed passed, $failed failed"
((failed == 0))
