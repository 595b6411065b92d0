# The image of the steps that move and judge images: Beam, no TensorFlow. It also serves Beam's runners as worker image.
# `make images` builds it; docs/images.md says what can be set.
ARG BASE_IMAGE=python:3.11-slim-bookworm
# apache/beam_python3.11_sdk:2.77.0 brings the harness that Dataflow starts; without it there are EXTERNAL workers only.
ARG HARNESS_IMAGE=${BASE_IMAGE}

FROM ${HARNESS_IMAGE} AS harness
RUN mkdir -p /opt/apache/beam

# What both images share: gpu.Dockerfile starts from this stage.
FROM ${BASE_IMAGE} AS packages
# Nothing is written outside /tmp: the root may be read-only and the user anyone.
# The harness would make a virtual environment that does not see ours.
ENV PATH=/opt/brandlens/bin:/opt/venv/bin:$PATH \
    PYTHONPATH=/opt/brandlens \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    TMPDIR=/tmp \
    RUN_PYTHON_SDK_IN_DEFAULT_ENVIRONMENT=1
COPY docker/install.sh docker/tools.lock docker/data.lock /opt/locks/
RUN sh /opt/locks/install.sh packages /opt/locks/data.lock
COPY --from=harness /opt/apache/beam /opt/apache/beam
COPY docker/entrypoint.sh /opt/entrypoint.sh
USER 10001:10001
ENTRYPOINT ["sh", "/opt/entrypoint.sh"]
CMD ["brandlens", "version"]

FROM packages AS project
USER 0
COPY pyproject.toml README.md LICENSE /src/
COPY components /src/components
COPY pipelines /src/pipelines
COPY tuning /src/tuning
RUN sh /opt/locks/install.sh project /src
USER 10001:10001

FROM packages
COPY --from=project /opt/brandlens /opt/brandlens
# images.sh adds version, revision and source.
LABEL org.opencontainers.image.title="brandlens-data" \
      org.opencontainers.image.licenses="Apache-2.0"
