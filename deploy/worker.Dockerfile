# A worker, with any model: docker build --file deploy/worker.Dockerfile --tag blindsplit-worker .

# ---- the locked packages that a worker loads, and the list of them
FROM node:26-slim AS packages
# Where packages come from, if not from npm's own registry; npm and pnpm each read their own.
ARG NPM_CONFIG_REGISTRY=
ARG PNPM_CONFIG_REGISTRY=
RUN npm install --global --no-fund --no-audit --allow-scripts=pnpm pnpm@12.21.0
WORKDIR /app
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY proxy/package.json proxy/
COPY worker/package.json worker/
# The only optional packages are the Node that `npm start` runs on; here the image has it.
RUN pnpm install --filter @blindsplit/worker --prod --no-optional --frozen-lockfile \
 && pnpm sbom --filter @blindsplit/worker --prod --no-optional --sbom-format cyclonedx --sbom-spec-version 1.6 --out sbom.json \
 && find node_modules -type f \( -name '*.map' -o -name '*.ts' -o -name '*.[cm]ts' -o -iname '*.md' ! -iname '*licen[cs]e*' \) -delete \
 && find node_modules -type d \( -name test -o -name tests -o -name fixtures -o -name docs -o -name benchmarks -o -name examples \) -prune -exec rm -rf {} + \
 && rm -rf node_modules/.modules.yaml node_modules/.pnpm-workspace-state* node_modules/.bin node_modules/.pnpm/lock.yaml \
 && find node_modules/.pnpm/onnxruntime-node@*/node_modules/onnxruntime-node/bin -mindepth 3 -maxdepth 3 ! -path "*/linux/$(node -p process.arch)" -exec rm -rf {} + \
 && find node_modules -type d -empty -delete

# ---- Debian and Node, without what could install, compile or change its user
FROM node:26-slim AS system
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/np[mx] /usr/local/bin/corepack /usr/local/bin/yarn* /opt/yarn* \
      /usr/local/include /usr/bin/apt* /usr/bin/dpkg* /usr/bin/perl* /usr/lib/apt /usr/lib/dpkg /usr/lib/*/perl-base \
      /usr/share/gcc /usr/share/gdb /etc/apt /var/lib/apt /var/cache/* /var/log/* /root/.[!.]* /home/node/.[!.]* \
 && find / -xdev -type f -perm /6000 -exec chmod a-s {} +

# ---- the image; from scratch, because what a layer above deletes stays in the layers below
FROM scratch
COPY --from=system / /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    NODE_ENV=production \
    BLINDSPLIT_HOST=0.0.0.0 \
    BLINDSPLIT_PORT=8000 \
    BLINDSPLIT_CONFIG=/app/config/workers/distilbert.yaml \
    MALLOC_ARENA_MAX=1 \
    ORT_DISABLE_TELEMETRY=1
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=packages /app/worker/node_modules worker/node_modules
COPY --from=packages /app/sbom.json sbom.json
COPY LICENSE LICENSE
COPY deploy/health deploy/health
COPY config config
COPY worker worker
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
