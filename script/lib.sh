# Shared by the scripts beside it; POSIX sh. A script sets ROOT first:  ROOT=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck shell=sh

VENV="$ROOT/.venv"
PYTHON="$VENV/bin/python"
VAR="${VAR_DIR:-$ROOT/var}"
CHILD=""      # the command that `run` waits for
FINISH=""     # while it must not be cut off: the sentence that says so
SLEEPER=""    # the sleep that `pause` waits for
cd "$ROOT" || exit 1
mkdir -p "$VAR"
exec 3<&0     # commands in the background lose their stdin; `run` gives it back
exec 4>&2     # where to speak while `run` is redirected into a file

say() { printf '%s\n' "$*"; }
die() { printf '%s\n' "$*" >&2; exit 1; }

# Print the comment at the head of the script, without the "#!" line.
help_text() { sed -n '2,/^[^#]/{/^#/!d;s/^# \{0,1\}//;p;}' "$0"; }

# default NAME VALUE: export it unless the environment or .env already says something.
default() {
    eval "[ -n \"\${$1+set}\" ]" && return
    grep -q "^[[:space:]]*\(export \)\{0,1\}$1=" .env 2>/dev/null && return
    export "$1=$2"
}

# --- Running things so that a signal to the script ends them too ----------------------------
# A shell runs its traps only between commands or inside `wait`, hence the background.
run() {
    if [ -t 3 ] || ! command -v setsid >/dev/null; then "$@" <&3 & else setsid "$@" <&3 & fi
    CHILD=$!
    wait "$CHILD"
    code=$?
    CHILD=""
    return "$code"
}

pause() { sleep "$1" & SLEEPER=$!; wait "$SLEEPER"; SLEEPER=""; }

# Start a long process in a group of its own; the kernel ends it if this script is killed (-9).
start() {
    if command -v setsid >/dev/null && setpriv --pdeathsig TERM true 2>/dev/null; then
        setsid setpriv --pdeathsig TERM "$@" &
    elif command -v setsid >/dev/null; then
        setsid "$@" &
    else
        "$@" &
    fi
    STARTED=$!
}

# stop PID [TENTHS]: ask it to end, then what it left in its group; insist after a while (10 s).
stop() {
    [ -z "$SLEEPER" ] || kill "$SLEEPER" 2>/dev/null
    SLEEPER=""
    [ -n "$1" ] || return 0
    if [ -n "$FINISH" ] && [ "$1" = "$CHILD" ]; then
        say "$FINISH" >&4
        while kill -0 "$1" 2>/dev/null; do wait "$1"; done
        return 0
    fi
    kill -TERM "$1" 2>/dev/null
    await_end "$1" "${2:-100}" || kill -KILL "$1" 2>/dev/null
    wait "$1" 2>/dev/null
    if kill -s TERM -- "-$1" 2>/dev/null; then
        await_end "-$1" 20 || kill -s KILL -- "-$1" 2>/dev/null
    fi
    return 0
}

await_end() {  # PID or -GROUP, tenths of a second
    patience=$2
    while kill -s 0 -- "$1" 2>/dev/null; do
        [ "$patience" -gt 0 ] || return 1
        patience=$((patience - 1))
        pause 0.1
    done
}

# --- What the machine has to have ------------------------------------------------------------
# want PACKAGE COMMAND…: note PACKAGE as missing unless COMMAND succeeds.
MISSING=""
want() {
    package=$1
    shift
    "$@" >/dev/null 2>&1 || MISSING="$MISSING $package"
}

# What the firewall commands call; they look in /usr/sbin themselves.
want_firewall() {
    for each in nftables:nft iproute2:ip iproute2:ss iptables:iptables-nft-restore; do
        case " $MISSING " in
            *" ${each%%:*} "*) ;;
            *) want "${each%%:*}" env PATH="$PATH:/usr/sbin:/sbin" sh -c "command -v ${each##*:}" ;;
        esac
    done
}

# Install what `want` found missing by apt, as root or through sudo; otherwise say what to type.
install_missing() {
    [ -n "$MISSING" ] || return 0
    packages=${MISSING# }
    MISSING=""
    command -v apt-get >/dev/null ||
        die "Missing: $packages (names of Debian packages). Install them with your system's package manager, then run this again."
    as_root=""
    if [ "$(id -u)" != 0 ]; then
        as_root="sudo"
        if ! sudo -n true 2>/dev/null && ! { [ -t 3 ] && command -v sudo >/dev/null && sudo -v; }; then
            die "Missing packages. Type:  sudo apt-get update && sudo apt-get install -y $packages"
        fi
    fi
    say "Installing with apt: $packages"
    ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1 && apt_install $packages && return
    run $as_root apt-get -qq update || die "apt-get update failed. Is the network there? Type:  apt-get update"
    apt_install $packages || die "Could not install: $packages. The lines above say why."
}

# No questions, no services, nothing that is only recommended. Downloading may be cut off at any
# time; dpkg must not be, or the machine's packages are left broken, so a signal waits for it.
apt_install() {
    apt_options="-qq -y --no-install-recommends -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120"
    export DEBIAN_FRONTEND=noninteractive
    run $as_root apt-get $apt_options --download-only install "$@" >"$VAR/apt.log" 2>&1 &&
        FINISH="Ending as soon as apt has finished; cut off, it would leave packages half installed." &&
        run $as_root env DEBIAN_FRONTEND=noninteractive apt-get $apt_options install "$@" >"$VAR/apt.log" 2>&1
    code=$?
    FINISH=""
    [ "$code" = 0 ] || tail -n 5 "$VAR/apt.log" >&2
    return "$code"
}

# A stamp with the checksum of the requirements makes a warm start skip all of this.
install_python() {  # install_python requirements.txt|requirements-dev.txt
    command -v python3 >/dev/null || { want python3 false; install_missing; }
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        die "PawSitters needs Python 3.11 or later, and python3 is $(python3 -V 2>&1)."
    checksum=$(cat requirements.txt "$1" | cksum)
    stamp="$VENV/installed-$1"
    if [ -x "$PYTHON" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$checksum" ]; then return 0; fi

    # mysqlclient comes as source only, so a compiler and the headers are needed once.
    want python3-venv python3 -c 'import ensurepip, venv'
    want python3-dev python3 -c 'import os, sysconfig; os.stat(sysconfig.get_path("include") + "/Python.h")'
    want gcc command -v gcc
    want libc6-dev test -e /usr/include/stdio.h
    want pkg-config command -v pkg-config
    want libmariadb-dev sh -c 'pkg-config --exists libmariadb || pkg-config --exists mysqlclient'
    [ -x "$PYTHON" ] && "$PYTHON" -c 'import MySQLdb' 2>/dev/null && MISSING=""
    install_missing

    say "Installing with pip into .venv: $1"
    [ -x "$PYTHON" ] && "$PYTHON" -m pip --version >/dev/null 2>&1 || run python3 -m venv --clear "$VENV" || die "python3 -m venv failed."
    run "$PYTHON" -m pip install --quiet --disable-pip-version-check --no-compile -r "$1" ||
        die "pip could not install $1. The lines above say why."
    printf '%s\n' "$checksum" >"$stamp"
}
