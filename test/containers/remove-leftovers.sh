#!/usr/bin/env bash
#
# remove-leftovers.sh [PROJECT]: removes what runs of this suite left that were ended before they could do so: containers,
# networks, volumes and images of one of its projects, or of all. A run that is still going loses its own. Everything else
# stays: images of other names, the builder's cache.

set -euo pipefail

project=${1:-}
[[ -n $project ]] || project='blindsplit-test-[0-9a-f]{8}'

if ! docker version >/dev/null 2>&1; then
  echo "remove-leftovers: no Docker daemon answers"
  exit
fi

# ours COMMAND…: of its lines "THING NAME" the things whose name or tag is a project's, or begins with one.
ours() { "$@" | awk -v name="(^|:)$project([-_].*)?\$" '$2 ~ name { print $1 }'; }

# remove WHAT COMMAND…: everything that standard input names.
remove() {
  local what=$1 all
  shift
  all=$(sort -u | sed '/^$/d')
  if [[ -n $all ]]; then xargs "$@" <<<"$all" >/dev/null; fi
  echo "remove-leftovers: $(wc -w <<<"$all") $what"
}

{
  ours docker ps --all --format '{{.ID}} {{.Label "com.docker.compose.project"}}'
  # Those that no compose file started, by the name that they were given and not by the image, which others may have too.
  ours docker ps --all --format '{{.ID}} {{.Image}}'
} | remove containers docker rm --force --volumes
ours docker network ls --format '{{.ID}} {{.Name}}' | remove networks docker network rm
ours docker volume ls --format '{{.Name}} {{.Name}}' | remove volumes docker volume rm --force
ours docker image ls --format '{{.Repository}}:{{.Tag}} {{.Tag}}' | remove images docker rmi --force
