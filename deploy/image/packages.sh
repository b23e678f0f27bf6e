#!/bin/sh
# packages.sh TIER ..., in a build: the locked packages that the tiers load, without what only people and compilers read,
# and the list of them, sbom.json.

set -eu
for tier; do
  shift
  set -- "$@" --filter "@blindsplit/$tier"
done

# The only optional packages are the Node that `npm start` runs on; here the image has it.
set -- "$@" --prod --no-optional
pnpm install "$@" --frozen-lockfile
pnpm sbom "$@" --sbom-format cyclonedx --sbom-spec-version 1.6 --out sbom.json

find node_modules -type f \( -name '*.map' -o -name '*.ts' -o -name '*.[cm]ts' -o -iname '*.md' ! -iname '*licen[cs]e*' \) -delete
find node_modules -type d \( -name test -o -name tests -o -name fixtures -o -name docs -o -name benchmarks -o -name examples \) \
  -prune -exec rm -rf {} +
rm -rf node_modules/.modules.yaml node_modules/.pnpm-workspace-state* node_modules/.bin node_modules/.pnpm/lock.yaml
# onnxruntime comes for every platform.
for bin in node_modules/.pnpm/onnxruntime-node@*/node_modules/onnxruntime-node/bin; do
  [ ! -d "$bin" ] || find "$bin" -mindepth 3 -maxdepth 3 ! -path "*/linux/$(node -p process.arch)" -exec rm -rf {} +
done
find node_modules -type d -empty -delete
