# A worker, with any model: docker build --file deploy/worker.Dockerfile --tag blindsplit-worker .
# The image holds no configuration: BLINDSPLIT_CONFIG names a mounted file, or BLINDSPLIT_NAME and BLINDSPLIT_MODEL do.

# ---- our own files, which anybody may read whatever the umask of their clone
FROM node:26-slim AS ours
WORKDIR /app
COPY LICENSE LICENSE
COPY deploy/health deploy/health
COPY worker worker
RUN chmod -R a+rX,go-w .

# ---- the locked packages that a worker loads, and the list of them
FROM node:26-slim AS packages
# Where packages come from, if not from npm's own registry; npm and pnpm each read their own.
ARG NPM_CONFIG_REGISTRY=
ARG PNPM_CONFIG_REGISTRY=
RUN npm install --global --no-fund --no-audit --allow-scripts=pnpm pnpm@12.21.0
WORKDIR /app
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml deploy/image/packages.sh ./
COPY proxy/package.json proxy/
COPY analysis/package.json analysis/
COPY worker/package.json worker/
RUN sh packages.sh worker

# ---- Debian and Node, without what installs, compiles or administers
FROM node:26-slim AS system
COPY deploy/image/system.sh /tmp/
RUN sh /tmp/system.sh && rm /tmp/system.sh

# ---- the image; from scratch, because what a layer above deletes stays in the layers below
FROM scratch
COPY --from=system / /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    NODE_ENV=production \
    BLINDSPLIT_HOST=0.0.0.0 \
    BLINDSPLIT_PORT=8000 \
    MALLOC_ARENA_MAX=1 \
    ORT_DISABLE_TELEMETRY=1
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=packages /app/worker/node_modules worker/node_modules
COPY --from=packages /app/sbom.json sbom.json
COPY --from=ours /app .
USER 1000:1000
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=3s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "/app/deploy/health/main.ts", "BLINDSPLIT_PORT", "/readyz"]
ENTRYPOINT ["node", "/app/worker/src/main.ts"]
LABEL org.opencontainers.image.title="blindsplit-worker" \
      org.opencontainers.image.description="Serves one text classification or regression model over HTTP" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.base.name="docker.io/library/node:26-slim"
