# shellcheck shell=bash
# What the findings share: a temporary folder, pinned packages in it, and the comparison of what was seen with what was recorded.

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# maven_classpath GROUP:ARTIFACT:VERSION…: downloads the artifacts with what they need into $work/jars.
maven_classpath() {
  local coordinate
  {
    echo '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
    echo '<groupId>findings</groupId><artifactId>findings</artifactId><version>1</version><packaging>pom</packaging><dependencies>'
    for coordinate in "$@"; do
      IFS=: read -r group artifact version <<<"$coordinate"
      echo "<dependency><groupId>$group</groupId><artifactId>$artifact</artifactId><version>$version</version></dependency>"
    done
    echo '</dependencies></project>'
  } >"$work/pom.xml"
  rm -rf "$work/jars"
  mvn -q -B -f "$work/pom.xml" dependency:copy-dependencies -DoutputDirectory="$work/jars" >"$work/mvn.log" 2>&1 || {
    cat "$work/mvn.log" >&2
    exit 1
  }
}

# run_java CLASS [ARG…]: compiles $work/CLASS.java against $work/jars and runs it; its lines of output, without the logging's own.
run_java() {
  rm -rf "$work/classes"
  javac -nowarn -cp "$work/jars/*" -d "$work/classes" "$work/$1.java"
  java -Duser.home="$work" -Duser.timezone=UTC -cp "$work/classes:$work/jars/*" "$@" 2>/dev/null | sed -e '/ |-/d' -e '/^$/d'
}

# expect WHAT SEEN RECORDED: prints both and ends the finding with status 1 where they differ.
expect() {
  if [[ $2 == "$3" ]]; then
    printf 'as recorded: %s\n%s\n' "$1" "$(sed 's/^/  /' <<<"$2")"
  else
    printf 'CHANGED: %s\nseen:\n%s\nrecorded:\n%s\n' "$1" "$(sed 's/^/  /' <<<"$2")" "$(sed 's/^/  /' <<<"$3")"
    exit 1
  fi
}

# go_module MODULE@VERSION…: makes $work/go a module of its own that needs them; its main.go is read from standard input.
go_module() {
  mkdir -p "$work/go"
  cat >"$work/go/main.go"
  (
    cd "$work/go"
    export GOFLAGS=-mod=mod
    go mod init findings
    go get "$@"
  ) >"$work/go.log" 2>&1 || {
    cat "$work/go.log" >&2
    exit 1
  }
}

# run_go: the program's lines of output.
run_go() { (cd "$work/go" && GOFLAGS=-mod=mod go run . 2>/dev/null); }
