#!/bin/sh
# The steps that make Holdfast's own image, in a Debian that only builds. Docker runs
# them by the Containerfile, `python -m lab.images` by reading the same Containerfile.
#   install.sh tools                what the other step needs
#   install.sh image SOURCE ROOT    the image's files, from a checkout, into ROOT
set -eu

build=/opt/build home=/opt/holdfast
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
export PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore

tools() {
    apt-get update -qq
    apt-get install -qq -y --no-install-recommends ca-certificates python3-venv > /dev/null
    python3 -m venv "$build"
}

image() {
    source=$1 root=$2
    into_home="$build/bin/pip --python $home/bin/python install --quiet --no-compile"

    "$build/bin/pip" install --quiet --require-hashes --only-binary :all: \
        -r "$source/requirements/wheel.lock"
    (cd "$source" && "$build/bin/hatchling" build -t wheel -d /opt/wheel > /dev/null)

    python3 -m venv --without-pip "$home"
    # The lock names everything; what it forgot, the check below finds.
    $into_home --no-deps --require-hashes --only-binary :all: \
        -r "$source/requirements/runtime.lock"
    $into_home --no-deps --no-index /opt/wheel/*.whl
    "$build/bin/pip" --python "$home/bin/python" check --quiet
    rm "$home"/bin/[Aa]ctivate*

    # Security updates since the tools were installed.
    apt-get update -qq
    "$(dirname "$0")/unpack.sh" "$root" holdfast:10001 \
        base-files ca-certificates libc-bin libstdc++6 python3 tzdata
    mkdir -p "$root/opt"
    cp -a "$home" "$root$home"

    python3 -m compileall -q --invalidation-mode unchecked-hash \
        -s "$root" "$root$home/lib"
    find "$root" -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +
}

step=$1
shift
"$step" "$@"
