#!/usr/bin/env bash
# Builds and pushes the images with whichever of docker, buildah and podman is there and answers.
#   images.sh build          brandlens-data and brandlens-gpu, tagged with the package's version
#   images.sh push REGISTRY  pushes them and prints their digests as a profile wants them
# ENGINE names one of the three; BASE_IMAGE, HARNESS_IMAGE and TENSORFLOW (cpu, cuda) go to the Dockerfiles, REVISION
# and SOURCE into the labels; BUILD_OPTIONS and PUSH_OPTIONS go to the engine as they are.
set -euo pipefail
shopt -s inherit_errexit # a push that fails must not print a digest from before
cd "$(dirname "$0")/.."
VERSION=$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml)
read -ra build_options <<<"${BUILD_OPTIONS:-}"
read -ra push_options <<<"${PUSH_OPTIONS:-}"

find_engine() {
  for name in ${ENGINE:-docker buildah podman}; do
    # A docker client without its service is no engine.
    if "$name" info >/dev/null 2>&1; then
      echo "$name"
      return
    fi
  done
  echo "None of ${ENGINE:-docker, buildah, podman} is here and answers. Install one, or start its service." >&2
  return 69
}

# The commit, and whether what goes into the images differs from it.
revision() {
  local commit
  if commit=$(git rev-parse HEAD 2>/dev/null); then
    git diff --quiet HEAD -- components pipelines tuning docker pyproject.toml || commit+=-changed
    echo "$commit"
  fi
}

# build DOCKERFILE IMAGE OPTION...
build() {
  local arguments=(--file "docker/$1.Dockerfile" --tag "$2:$VERSION")
  for name in BASE_IMAGE HARNESS_IMAGE TENSORFLOW; do
    # An argument that a Dockerfile does not take is a warning or an error, as the engine likes.
    if [ -n "${!name:-}" ] && grep -q "^ARG $name\b" "docker/$1.Dockerfile"; then
      arguments+=(--build-arg "$name=${!name}")
    fi
  done
  # Only docker keeps the layers of one build for the next without being told.
  [ "$engine" = docker ] || arguments+=(--layers)
  SECONDS=0
  "$engine" build "${arguments[@]}" "${build_options[@]}" "${@:3}" .
  echo "$2:$VERSION built in $SECONDS s"
}

build_all() {
  # Not in the Dockerfiles: buildah takes a LABEL from its cache though an argument in it has changed.
  local name=org.opencontainers.image
  local labels=(
    --label "$name.version=$VERSION"
    --label "$name.revision=${REVISION:-unknown}"
    --label "$name.source=${SOURCE:-unknown}"
  )
  build data brandlens-packages --target packages
  build data brandlens-data "${labels[@]}"
  build gpu brandlens-gpu "${labels[@]}" --build-arg "PACKAGES_IMAGE=${local}brandlens-packages:$VERSION" \
    --build-arg "DATA_IMAGE=${local}brandlens-data:$VERSION"
  "$engine" images | grep -E "REPOSITORY|brandlens-(data|gpu) "
}

# push IMAGE: prints REGISTRY/IMAGE@sha256:..., the digest as the registry has it
push() {
  local there="$registry/$1:$VERSION" digest file
  "$engine" tag "$1:$VERSION" "$there"
  if [ "$engine" = docker ]; then
    digest=$(docker push "${push_options[@]}" "$there" | tee /dev/stderr | sed -n 's/.*digest: \(sha256:[0-9a-f]*\).*/\1/p')
  else
    file=$(mktemp)
    "$engine" push "${push_options[@]}" --digestfile "$file" "$there" >&2
    digest=$(cat "$file")
    rm "$file"
  fi
  echo "$registry/$1@${digest:?the engine did not say which digest it pushed}"
}

push_all() {
  local data gpu
  data=$(push brandlens-data)
  gpu=$(push brandlens-gpu)
  printf '# In the profile:\nimages:\n  data: %s\n  gpu: %s\n' "$data" "$gpu"
}

engine=$(find_engine)
# Buildah and podman keep what they build under this name and would look for the bare one in a registry.
[ "$engine" = docker ] && local="" || local=localhost/
REVISION=${REVISION:-$(revision)}
case "${1:-}" in
build) build_all ;;
push)
  registry=${2:?Say where to: images.sh push REGISTRY}
  push_all
  ;;
*)
  echo "images.sh: build, or push REGISTRY" >&2
  exit 64
  ;;
esac
