#!/usr/bin/env bash
#
# standin-images.sh IMAGE…: sees to it that a Docker daemon runs, that `docker compose` is version 2, and that the base
# images are there. An image that is there stays as it is; else it is pulled; where no registry answers, a stand-in is made
# of Debian packages and npm, tagged with the public name, so that Dockerfiles and compose files are what everybody uses.
#
#   node:*               Debian (debootstrap), the Node that the lock file names (installed by `npm run`), npm; user node, 1000
#   prom/prometheus:*    busybox and Debian's prometheus, laid out as the public image is; user nobody
#   prom/alertmanager:*  the same with prometheus-alertmanager
#
# Stand-ins hold this machine's mirror and trusted certificates: they are for this machine only. A prom/* stand-in has the
# version of Debian's release (PROM_SUITE), whatever its tag says. Needs root where anything has to be made or started.

set -euo pipefail
umask 022

suite=${DEBIAN_SUITE:-bookworm}
prom_suite=${PROM_SUITE:-trixie}
npm=${STANDIN_NPM:-npm@11.19.1}
pull_seconds=30
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
certificates=/etc/ssl/certs/ca-certificates.crt
candidate=blindsplit-standin:$$
plugins=/usr/local/lib/docker/cli-plugins
packages_updated=
work=

say() { printf 'standin-images: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

cleanup() {
  docker rmi --force "$candidate" >/dev/null 2>&1 || true
  [[ -n $work && -d $work ]] || return 0
  # debootstrap that was cut short may leave /proc mounted below.
  awk -v dir="$work/" 'index($2, dir) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r -n 1 umount || true
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

needs_root() { [[ $(id -u) == 0 ]] || die "$1; run this as root, or see to it yourself"; }
needs() {
  local missing=()
  for program in "$@"; do command -v "$program" >/dev/null || missing+=("$program"); done
  ((${#missing[@]} == 0)) ||
    die "missing: ${missing[*]} (apt-get install docker.io iptables debootstrap, and docker-cli where Debian has it apart: since 13)"
}

# Debian's lists of packages, which may never have been fetched here.
update_packages() {
  [[ -z $packages_updated ]] || return 0
  packages_updated=yes
  apt-get update -qq >&2 || say "apt-get update failed"
}

# install_debian PACKAGE: on this machine.
install_debian() {
  update_packages
  apt-get install -y -qq --no-install-recommends "$1" >&2 || die "$1 could not be installed (apt-get said why); install it and try again"
}

# Debian 13 has the client in a package of its own, which docker.io only recommends.
install_client() {
  if command -v docker >/dev/null || [[ $(id -u) != 0 ]] || ! command -v dockerd >/dev/null; then return; fi
  install_debian docker-cli
}

# ---- the daemon and its compose

start_daemon() {
  if docker version >/dev/null 2>&1; then return; fi
  needs_root "no Docker daemon answers ($(docker version 2>&1 | tail -n 1))"
  needs dockerd iptables
  # Without systemd nobody may have mounted the control groups yet.
  if ! grep -q ' /sys/fs/cgroup' /proc/mounts; then
    command -v cgroupfs-mount >/dev/null || install_debian cgroupfs-mount
    cgroupfs-mount ||
      die "the control groups that containers need cannot be mounted: this machine may not run containers (is it an unprivileged container itself?)"
  fi
  local log=/var/log/dockerd.log
  say "starting dockerd; it goes on running (log: $log)"
  setsid nohup dockerd >>"$log" 2>&1 </dev/null &
  for _ in $(seq 60); do
    if docker version >/dev/null 2>&1; then return; fi
    kill -0 $! 2>/dev/null || break
    sleep 1
  done
  tail -n 5 "$log" >&2
  die "dockerd does not start: this machine may not run containers (is it an unprivileged container itself?)"
}

install_compose() {
  if docker compose version >/dev/null 2>&1; then return; fi
  needs_root "\`docker compose\` (version 2) is missing"
  unpack_debs "$work/compose" docker-compose docker-buildx
  mkdir -p "$plugins"
  install -m 0755 "$work"/compose/usr/libexec/docker/cli-plugins/docker-{compose,buildx} "$plugins/"
  say "$plugins: $(docker compose version)"
}

# ---- packages

# Where this machine gets its packages; apt knows it from the lists that it has fetched.
find_mirror() {
  # shellcheck disable=SC2016   # for apt to fill in
  apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' |
    awk '$1 !~ /-/ && !found { found = $2 } END { print found }'
}

mirror() {
  if [[ -z $(find_mirror) ]]; then update_packages; fi
  local found
  found=$(find_mirror) || true
  [[ -n $found ]] || die "apt has no lists of Debian's packages, also after apt-get update: stand-ins are made of them"
  echo "$found"
}

# unpack_debs FOLDER PACKAGE…: packages of the release prom_suite, from lists of their own, installed nowhere.
unpack_debs() {
  local into=$1 apt=$work/apt debs source
  shift
  if [[ ! -d $apt ]]; then
    mkdir -p "$apt"/lists/partial "$apt"/cache/archives/partial
    : >"$apt/status"
    # Not within echo, which would go on without one.
    source=$(mirror)
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $source $prom_suite main" >"$apt/sources.list"
    printf '%s;\n' "Dir::Etc::SourceList \"$apt/sources.list\"" 'Dir::Etc::SourceParts "-"' "Dir::State::Lists \"$apt/lists\"" \
      "Dir::State::Status \"$apt/status\"" "Dir::Cache \"$apt/cache\"" 'APT::Sandbox::User "root"' >"$apt/apt.conf"
    APT_CONFIG=$apt/apt.conf apt-get update -qq || die "the lists of $prom_suite could not be fetched from $source (apt-get said why)"
  fi
  debs=$(mktemp -d -p "$work")
  (cd "$debs" && APT_CONFIG=$apt/apt.conf apt-get download -qq "$@") ||
    die "packages of $prom_suite could not be fetched from $source (apt-get said why): $*"
  mkdir -p "$into"
  # Not dpkg-deb --extract, which turns a link such as /bin into a folder.
  for deb in "$debs"/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink --directory "$into"
  done
}

trust() {
  mkdir -p "$1/etc/ssl/certs"
  cp "$certificates" "$1$certificates"
}

# finish IMAGE FOLDER [--change INSTRUCTION]…: the folder becomes the image once it has said its version.
finish() {
  local image=$1 folder=$2
  shift 2
  tar --create --numeric-owner --one-file-system --directory "$folder" . |
    docker import --change "LABEL local.standin=$image" "$@" - "$candidate" >/dev/null
  say "$image: $(docker run --rm --network none "$candidate" --version 2>&1 | head -n 1)"
  docker tag "$candidate" "$image"
  rm -rf --one-file-system "$folder"
}

# ---- images

make_node() {
  local folder=$work/node binary=$root/node_modules/.bin/node source
  "$binary" --version >/dev/null 2>&1 || die "$binary does not run: npm run precheck installs it"
  needs debootstrap npm
  source=$(mirror)
  debootstrap --variant=minbase --include=ca-certificates,libatomic1,libstdc++6 "$suite" "$folder" "$source" >"$work/log" 2>&1 ||
    { tail -n 20 "$work/log" >&2; die "debootstrap failed"; }
  rm -rf "$folder"/var/cache/apt/* "$folder"/var/lib/apt/lists/* "$folder"/usr/share/{doc,info,locale,man}/*
  trust "$folder"
  install -m 0755 "$(readlink -f "$binary")" "$folder/usr/local/bin/node"
  (cd "$work" && npm pack --silent "$npm" >/dev/null)
  mkdir -p "$folder/usr/local/lib/node_modules/npm"
  tar -xzf "$work"/npm-*.tgz -C "$folder/usr/local/lib/node_modules/npm" --strip-components=1 --no-same-owner
  chmod 0755 "$folder"/usr/local/lib/node_modules/npm/bin/*-cli.js
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$folder/usr/local/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$folder/usr/local/bin/npx"
  chroot "$folder" useradd --uid 1000 --user-group --shell /bin/bash --create-home node
  finish "$1" "$folder" --change "ENV NODE_EXTRA_CA_CERTS=$certificates" --change 'ENTRYPOINT ["node"]'
}

# make_prom IMAGE PROGRAM PORT PACKAGE…: the first package has the program, under this name or Debian's.
make_prom() {
  local image=$1 program=$2 port=$3 folder=$work/$2 applet
  shift 3
  mkdir -p "$folder"/{dev,etc,home,proc,sys,tmp,var} "$folder"/usr/{bin,sbin,lib,lib64} "$folder/etc/$program" "$folder/$program"
  for name in bin sbin lib lib64; do ln -s "usr/$name" "$folder/$name"; done
  chmod 1777 "$folder/tmp"
  unpack_debs "$folder" libc6 busybox-static tzdata "$@"
  rm -rf "$folder"/usr/share/{doc,man} "$folder"/etc/{default,init.d,logrotate.d}
  [[ -e $folder/usr/bin/$program ]] || mv "$folder/usr/bin/$1" "$folder/usr/bin/$program"
  for applet in $("$folder/usr/bin/busybox" --list); do
    [[ -e $folder/usr/bin/$applet ]] || ln -s busybox "$folder/usr/bin/$applet"
  done
  trust "$folder"
  printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'nobody:x:65534:65534:nobody:/home:/bin/false' >"$folder/etc/passwd"
  printf '%s\n' 'root:x:0:' 'nobody:x:65534:' >"$folder/etc/group"
  chown -R 65534:65534 "$folder/etc/$program" "$folder/$program"
  finish "$image" "$folder" --change 'USER nobody' --change "EXPOSE $port" --change "VOLUME [\"/$program\"]" \
    --change "WORKDIR /$program" --change "ENTRYPOINT [\"/bin/$program\"]" \
    --change "CMD [\"--config.file=/etc/$program/$program.yml\"]"
}

make() {
  needs_root "$1 is not here and cannot be pulled, and a stand-in is made by root alone"
  needs debootstrap
  SECONDS=0
  case $1 in
    node:*) make_node "$1" ;;
    prom/prometheus:*) make_prom "$1" prometheus 9090 prometheus promtool ;;
    prom/alertmanager:*) make_prom "$1" alertmanager 9093 prometheus-alertmanager ;;
    *) die "$1 is not here and cannot be pulled, and there is no stand-in for it" ;;
  esac
  say "$1 is a stand-in, made in $SECONDS s: no registry answered within $pull_seconds s"
}

install_client
needs docker
work=$(mktemp -d)
start_daemon
install_compose
for image in "$@"; do
  if docker image inspect "$image" >/dev/null 2>&1; then continue; fi
  if timeout "$pull_seconds" docker pull --quiet "$image" >/dev/null 2>&1; then continue; fi
  make "$image"
done
