# The image of the steps that fit models: what the data image has, and TensorFlow.
# Built after data.Dockerfile, whose layers it shares; `make images` does both; docs/images.md says what can be set.
ARG PACKAGES_IMAGE=brandlens-packages:0.1.0
ARG DATA_IMAGE=brandlens-data:0.1.0

FROM ${DATA_IMAGE} AS data

FROM ${PACKAGES_IMAGE}
# cpu or cuda
ARG TENSORFLOW=cpu
COPY docker/gpu-${TENSORFLOW}.lock /opt/locks/
USER 0
RUN sh /opt/locks/install.sh packages "/opt/locks/gpu-${TENSORFLOW}.lock"
USER 10001:10001
COPY --from=data /opt/brandlens /opt/brandlens
# images.sh adds version, revision and source.
LABEL org.opencontainers.image.title="brandlens-gpu" \
      org.opencontainers.image.licenses="Apache-2.0"
