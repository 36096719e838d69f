#!/bin/sh
# Makes everything that `make demo` (setup.sh run) or `make test` (setup.sh test) needs; does nothing when it is there.
set -eu

for_what=${1:?run or test}
python=${PYTHON:-python3}
venv=.venv

say() { printf '%s\n' "$*"; }
fail() { printf 'error: %s\nhint: %s\n' "$1" "$2" >&2; exit 2; }

# What must come from the system: the commands that prove it is there, and Debian's names for it.
packages() {
    command -v git >/dev/null || echo git
    command -v bwrap >/dev/null || echo bubblewrap
    /sbin/ldconfig -p 2>/dev/null | grep -q 'libseccomp\.so\.2' || echo libseccomp2
    is_made || "$python" -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
    if [ "$for_what" = test ]; then
        command -v redis-server >/dev/null || echo redis-server
        ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || echo postgresql
        # The browser is large: only where skipped tests are failures.
        if [ "${NO_SKIPS:-}" = 1 ]; then
            command -v chromium >/dev/null || echo chromium
            command -v chromedriver >/dev/null || echo chromium-driver
        fi
    fi
}

install_packages() {
    missing=$(packages | tr '\n' ' ')
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "Installing from Debian's packages: $missing"
        # A list that cannot be renewed may still be good enough.
        apt-get update -qq || true
        # shellcheck disable=SC2086  # one word per package
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null || true
        missing=$(packages | tr '\n' ' ')
        [ -n "$missing" ] || return 0
    fi
    say "Not installed: $missing" >&2
    say "Type this once:  sudo apt-get install --no-install-recommends $missing" >&2
    case " $missing " in
        *" git "* | *" python3-venv "*) exit 2 ;;
    esac
    # Without the others everything still works, and says what it could not do.
}

check_python() {
    install="Install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3 demo"
    command -v "$python" >/dev/null || fail "there is no $python" "$install"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "$("$python" --version) is too old" "$install"
}

# Where the environment lies and which Python it has: scripts and packages in it hold for these alone.
identity() { "$venv/bin/python" -c 'import sys; print(sys.prefix, *sys.version_info[:2])' 2>/dev/null; }

# False also for one that was moved, lost its Python, or was never finished.
is_made() { now=$(identity) && [ "$(cat "$venv/made" 2>/dev/null)" = "$now" ]; }

make_venv() {
    is_made && return 0
    say "Making the virtual environment $venv; with its packages this takes a minute or two"
    "$python" -m venv --clear "$venv" || fail "$venv could not be made" "Check the free disk space and who owns $venv."
    identity >"$venv/made"
}

# Calls pip unless it has done the same for exactly this file.
pip_install() { # file, stamp, what is said, pip's arguments
    file=$1 stamp=$venv/$2 words=$3
    shift 3
    sum=$(sha256sum "$file" | cut -d' ' -f1)
    [ "$(cat "$stamp" 2>/dev/null)" = "$sum" ] && return 0
    say "$words"
    quiet=-q
    [ -t 1 ] && quiet=
    "$venv/bin/python" -m pip install $quiet --disable-pip-version-check --no-deps "$@" ||
        fail "pip could not install what $file asks for" "Check the network and the free disk space, then run the same command again."
    printf '%s' "$sum" >"$stamp"
}

install_lock() { # lock, stamp, further arguments
    lock=$1 name=$2
    shift 2
    pip_install "$lock" "$name" "Installing $(grep -c '^[a-z0-9].*==' "$lock") packages from $lock" --require-hashes "$@" -r "$lock"
}

# The secret scanner reads its rules for many seconds unless they lie ready; without them it is only slower.
make_rule_cache() {
    program=$venv/analysis-tools/kingfisher/bin/kingfisher cache=$venv/analysis-tools/rule-cache
    [ -x "$program" ] && [ "$(cat "$venv/rules.stamp" 2>/dev/null)" != "$(cat "$venv/analysis.stamp")" ] || return 0
    say "Reading the rules of the secret scanner; this takes ten seconds"
    rm -rf "$cache"
    "$program" scan --no-validate --no-update-check --git-history none --quiet --rule-cache-dir "$cache" infra/setup \
        >/dev/null 2>&1 || return 0
    chmod -R a+rX "$cache"
    cat "$venv/analysis.stamp" >"$venv/rules.stamp"
}

# Two commands at once must not write into one environment. Where locks do not work, go on without.
exec 9<"$0"
flock -n 9 || { say "Waiting for another set-up in this folder"; flock 9 || true; }

is_made || check_python
install_packages
make_venv
install_lock requirements.lock runtime.stamp
[ "$for_what" = run ] || install_lock requirements-dev.lock dev.stamp
install_lock requirements-sandbox.lock sandbox.stamp --upgrade --target "$venv/sandbox-tools"
install_lock requirements-analysis.lock analysis.stamp --upgrade --target "$venv/analysis-tools"
[ "$for_what" = run ] || install_lock requirements-analysis-more.lock more.stamp --upgrade --target "$venv/analysis-more"
make_rule_cache
# The entry points are written once; the code itself is used where it lies.
pip_install pyproject.toml project.stamp "Installing the project itself" --no-build-isolation -e .
