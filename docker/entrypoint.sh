#!/bin/sh
# What a container does is in its first argument.
set -eu
case "${1:-}" in
-*) exec /opt/apache/beam/boot "$@" ;; # Dataflow and Beam's DOCKER environment give options only
beam-worker-pool) # Flink and Spark with --environment_type=EXTERNAL
  shift
  exec python3 -m apache_beam.runners.worker.worker_pool_main "$@"
  ;;
*) exec "$@" ;;
esac
