# The gateway and the judge: docker build --file deploy/proxy.Dockerfile --tag blindsplit-proxy .
# The image holds no configuration: the experiment is mounted at /app/config, or where BLINDSPLIT_CONFIG says.

# ---- our own files, which anybody may read whatever the umask of their clone
FROM node:26-slim AS ours
WORKDIR /app
COPY LICENSE LICENSE
COPY deploy/health deploy/health
COPY proxy proxy
COPY analysis analysis
# Where the judge keeps its state and the gateway its journal, if they are told to: a volume takes over whose folder it covers.
RUN chmod -R a+rX,go-w . && mkdir /state

# ---- the locked packages that the gateway loads, and the list of them
FROM node:26-slim AS packages
# Where packages come from, if not from npm's own registry; npm and pnpm each read their own.
ARG NPM_CONFIG_REGISTRY=
ARG PNPM_CONFIG_REGISTRY=
RUN npm install --global --no-fund --no-audit --allow-scripts=pnpm pnpm@12.21.0
WORKDIR /app
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml deploy/image/packages.sh ./
COPY proxy/package.json proxy/
COPY worker/package.json worker/
COPY analysis/package.json analysis/
RUN sh packages.sh proxy analysis

# ---- Debian and Node, without what installs, compiles or administers
FROM node:26-slim AS system
COPY deploy/image/system.sh /tmp/
RUN sh /tmp/system.sh && rm /tmp/system.sh

# ---- the image; from scratch, because what a layer above deletes stays in the layers below
FROM scratch
COPY --from=system / /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    NODE_ENV=production \
    BLINDSPLIT_CONFIG=/app/config/experiment.yaml \
    BLINDSPLIT_HOST=0.0.0.0 \
    BLINDSPLIT_ADMIN_HOST=0.0.0.0 \
    BLINDSPLIT_ADMIN_PORT=8081
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=packages /app/proxy/node_modules proxy/node_modules
COPY --from=packages /app/analysis/node_modules analysis/node_modules
COPY --from=packages /app/sbom.json sbom.json
COPY --from=ours /app .
COPY --from=ours --chown=1000:1000 /state /var/lib/blindsplit
USER 1000:1000
EXPOSE 8080 8081
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=3s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "/app/deploy/health/main.ts", "BLINDSPLIT_ADMIN_PORT", "/-/ready"]
ENTRYPOINT ["node", "/app/proxy/src/main.ts"]
LABEL org.opencontainers.image.title="blindsplit-proxy" \
      org.opencontainers.image.description="A reverse proxy that runs a blind A/B test of two models on live traffic" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.base.name="docker.io/library/node:26-slim"
