#!/usr/bin/env python3
"""Looks at each source with a tool that compiles nothing.

    check_sources.py COMPILE_COMMANDS syntax                   the compiler's own look: does it compile by itself?
    check_sources.py COMPILE_COMMANDS tidy [--program NAME]    clang-tidy, by the checks of .clang-tidy; not on tests

COMPILE_COMMANDS is what CMake writes beside a build. As many tools run at a time as there are processors. The output of
those that find something is printed; the last line says `N passed, N failed`, and the exit status is 0 only when nothing
failed and something passed.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys


def syntax_command(entry):
    """The command of a build, without an output and without optimisation."""
    arguments = shlex.split(entry["command"])
    if os.path.basename(arguments[0]) == "ccache":
        del arguments[0]
    output = arguments.index("-o")
    del arguments[output : output + 2]
    arguments.remove("-c")
    return arguments + ["-O0", "-fsyntax-only"]


def tidy_command(entry, program, directory):
    # The compiler's own warnings are a matter of the build; here they are none of the checks, and no errors.
    return [program, "-p", directory, "--quiet", "--extra-arg=-Wno-error", entry["file"]]


def is_of_a_test(entry, build):
    """Whether a source, or the unity source made of several, belongs to tests/."""
    file = pathlib.Path(entry["file"])
    place = file.relative_to(build) if file.is_relative_to(build) else file.relative_to(build.parent.parent)
    return place.parts[0] == "tests"


def run(command, directory):
    result = subprocess.run(command, cwd=directory, capture_output=True, text=True)
    return result.returncode, result.stdout + result.stderr


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("compile_commands", type=pathlib.Path)
    parser.add_argument("check", choices=["syntax", "tidy"])
    parser.add_argument("--program", default="clang-tidy")
    options = parser.parse_args()

    database = options.compile_commands.resolve()
    entries = json.loads(database.read_text())
    if options.check == "syntax":
        commands = {entry["file"]: syntax_command(entry) for entry in entries}
    else:
        commands = {
            entry["file"]: tidy_command(entry, options.program, database.parent)
            for entry in entries
            if not is_of_a_test(entry, database.parent)
        }

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        results = {pool.submit(run, command, database.parent): file for file, command in commands.items()}
        for result in concurrent.futures.as_completed(results):
            status, output = result.result()
            if status != 0:
                failed += 1
                print(f"{results[result]}:\n{output}", flush=True)
    passed = len(commands) - failed
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
