#!/usr/bin/env python3
"""Looks at each source with a tool that makes no code.

    check_sources.py COMPILE_COMMANDS syntax [--joined OTHER]    the compiler's own look: does it compile by itself?
    check_sources.py COMPILE_COMMANDS tidy [--program NAME]      clang-tidy, by the checks of .clang-tidy; not on tests

OTHER are the compile commands of a build that joins sources: the first one of each has nothing before it there, so that build
has looked at it already.
COMPILE_COMMANDS is what CMake writes beside a build. As many tools run at a time as there are processors. The output of
those that find something is printed; the last line says `N passed, N failed`, and the exit status is 0 only when nothing
failed and something passed.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

# Tests that include one of these, themselves or by a header beside them, read it precompiled, which takes half the time. Such
# a source sees all of the header anyway; that a header of the project needs none of it is seen where its own source compiles.
PRECOMPILED = ("gtest/gtest.h", "gmock/gmock.h")
INCLUDE = re.compile(r'^#include (?:<([^>]+)>|"([^"]+)")', re.MULTILINE)


def syntax_command(entry):
    """The command of a build, without an output and without optimisation."""
    arguments = shlex.split(entry["command"])
    if os.path.basename(arguments[0]) == "ccache":
        del arguments[0]
    output = arguments.index("-o")
    del arguments[output : output + 2]
    arguments.remove("-c")
    # Without debug information, which nothing would hold, and without collecting garbage: the memory is there.
    return arguments + ["-O0", "-g0", "--param=ggc-min-heapsize=2097152", "-fsyntax-only"]


def precompiled_header(arguments, header, folder):
    """Precompiles `header` for sources compiled with these arguments; returns the file to include, None if that fails."""
    # Of the macros only those that the header itself looks at: with others defined than before, it would not be taken.
    options = [a for a in arguments[1:] if a.startswith(("-W", "-f", "-m", "-std", "-g", "-O", "-DGTEST", "--param"))]
    options.remove("-fsyntax-only")
    file = folder / header.replace("/", "_")
    file.write_text(f"#include <{header}>\n")
    made = subprocess.run([arguments[0], *options, "-x", "c++-header", file, "-o", f"{file}.gch"], capture_output=True)
    return file if made.returncode == 0 else None


def first_sources(database):
    """The sources that a build with joined sources compiles with nothing before them."""
    first = set()
    for entry in json.loads(database.read_text()):
        file = pathlib.Path(entry["file"])
        joined = re.search(r'^#include "(.+)"$', file.read_text(), re.MULTILINE) if "Unity" in file.parts else None
        first.add(joined[1] if joined else entry["file"])
    return first


def precompiled_of(source):
    """Those of PRECOMPILED that a source includes."""
    named = {(pathlib.Path(source).parent, name) for name in INCLUDE.findall(pathlib.Path(source).read_text())}
    found = {system for _, (system, _) in named} & set(PRECOMPILED)
    for folder, (_, own) in named:
        if own and (folder / own).is_file():
            found |= precompiled_of(folder / own)
    return found


def syntax_commands(entries, folder):
    made = {}
    commands = {}
    for entry in entries:
        arguments = syntax_command(entry)
        included = precompiled_of(entry["file"])
        if included:
            # The larger one contains the other.
            header = max(included, key=PRECOMPILED.index)
            if header not in made:
                made[header] = precompiled_header(arguments, header, folder)
            if made[header]:
                arguments += ["-include", str(made[header])]
        commands[entry["file"]] = arguments
    return commands


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
    parser.add_argument("--joined", type=pathlib.Path)
    parser.add_argument("--program", default="clang-tidy")
    options = parser.parse_args()

    database = options.compile_commands.resolve()
    entries = json.loads(database.read_text())
    folder = tempfile.TemporaryDirectory()
    if options.check == "syntax":
        seen = first_sources(options.joined) if options.joined else set()
        commands = syntax_commands([e for e in entries if e["file"] not in seen], pathlib.Path(folder.name))
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
