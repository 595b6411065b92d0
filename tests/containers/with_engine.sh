#!/usr/bin/env bash
# Builds the images and runs a command where an engine that has them answers at DOCKER_HOST: with_engine.sh COMMAND...
# Docker, if its service is there. Else, on Debian as root: buildah, podman and a base image made by debootstrap, so
# that nothing but Debian's archive and a package index is asked.
set -euo pipefail
cd "$(dirname "$0")/../.."

# With CONTAINERS_OPTIONAL=1 a machine that cannot run any container passes, and says so; a broken image never does.
unavailable() {
  echo "$1" >&2
  [ -n "${CONTAINERS_OPTIONAL:-}" ] || exit 69
  echo "The container checks are left out on this machine." >&2
  exit 0
}

if docker info >/dev/null 2>&1; then
  export ENGINE=docker
  docker/images.sh build
  exec "$@"
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  unavailable "Neither does Docker answer, nor is this Debian and you root: the images cannot be built here."
fi

for tool in buildah podman runc debootstrap docker-registry; do
  command -v "$tool" >/dev/null && continue
  apt-get update -qq || unavailable "Debian's archive does not answer."
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
    buildah podman runc debootstrap docker-registry >/dev/null || unavailable "Debian's archive gave no container tools."
  break
done

place=$PWD/build/containers
mkdir -p "$place"
# Hosts that are containers themselves have hybrid cgroups, no systemd and no rights to make networks.
cat >"$place/containers.conf" <<'CONF'
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
netns = "host"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
CONF
export CONTAINERS_CONF=$place/containers.conf BUILDAH_ISOLATION=chroot
export BASE_IMAGE=localhost/debian-python:bookworm

if ! buildah inspect "$BASE_IMAGE" >/dev/null 2>&1; then
  base=$(buildah from scratch)
  debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$(buildah mount "$base")" \
    >"$place/debootstrap.log" || unavailable "No base image could be made: $place/debootstrap.log"
  rm -rf "$(buildah mount "$base")"/var/cache/apt/archives/*.deb "$(buildah mount "$base")"/var/lib/apt/lists/*
  buildah commit --quiet --rm "$base" "$BASE_IMAGE" >/dev/null
fi
podman run --rm "$BASE_IMAGE" true || unavailable "podman cannot run a container here."
export ENGINE=buildah # a docker client would find podman's service and take it for Docker's
BUILD_OPTIONS="--volume /etc/ssl/certs:/etc/ssl/certs:ro" docker/images.sh build

export DOCKER_HOST=unix://$place/podman.sock
podman system service --time=0 "$DOCKER_HOST" >"$place/podman.log" 2>&1 &
trap 'kill %1' EXIT
"$@"
