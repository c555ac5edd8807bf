# What the scripts beside this one share: a virtual environment from a lock file, and mock-nova on a free port.
# Sourced from the repository's root.

# environment NAME LOCK: makes target/clients/NAME once per lock file, and puts it into PATH.
environment() {
    local venv=target/clients/$1 lock=$2
    mkdir -p target/clients
    if ! cmp -s "$lock" "$venv/lock"; then
        rm -rf "$venv"
        python3 -m venv "$venv"
        "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$lock"
        cp "$lock" "$venv/lock"
    fi
    PATH=$PWD/$venv/bin:$PATH
    export PYTHONWARNINGS=ignore
}

# cloud: starts mock-nova: the program that MOCK_NOVA names, else the release build. Sets mock (the program), url (its address) and work (a directory that goes with it).
cloud() {
    mock=${MOCK_NOVA:-}
    if [ -z "$mock" ]; then
        # Together with what needs it, as elsewhere: alone it would be built anew with other features.
        cargo build --quiet --release -p nova-conformance -p mock-nova
        mock=${CARGO_TARGET_DIR:-target}/release/mock-nova
    fi
    work=$(mktemp -d)
    server=
    trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
    "$mock" serve --listen 127.0.0.1:0 --log off >"$work/ready" &
    server=$!
    until grep -q '^identity' "$work/ready"; do
        kill -0 "$server" || { echo "mock-nova did not start" >&2; exit 1; }
        sleep 0.05 # a shell has no condition to wait on
    done
    url=$(sed -n 's|^identity *\(.*\)/identity/v3$|\1|p' "$work/ready")
    unset "${!OS_@}"
}
