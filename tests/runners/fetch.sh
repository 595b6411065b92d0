#!/bin/sh
# Brings a runner's job server into build/runners: fetch.sh flink|prism BEAM_VERSION
set -eu
cd "$(dirname "$0")/../.."
runner=$1 version=$2 place=$PWD/build/runners
flink=beam-runners-flink-1.20-job-server

fail() {
  echo "$1" >&2
  exit 69
}

needs() {
  command -v "$1" >/dev/null || fail "$1 is not on this machine; install $2."
}

mkdir -p "$place"
case $runner in
flink)
  needs java "Java 17 (Debian: openjdk-17-jre-headless)"
  needs mvn "Maven (Debian: maven)"
  test -s "$place/$flink-$version.jar" && exit 0
  mvn --quiet --batch-mode org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy \
    "-Dartifact=org.apache.beam:$flink:$version" "-DoutputDirectory=$place" ||
    fail "Maven did not bring org.apache.beam:$flink:$version. Its repository must offer it; or put the jar in $place yourself."
  ;;
prism)
  needs go "Go 1.26 or newer"
  test -x "$place/prism-$version" && exit 0
  GOBIN=$place go install "github.com/apache/beam/sdks/v2/go/cmd/prism@v$version" ||
    fail "Go did not build Beam's prism v$version."
  mv "$place/prism" "$place/prism-$version"
  ;;
*) fail "fetch.sh flink|prism BEAM_VERSION; got '$runner'" ;;
esac
