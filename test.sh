#!/usr/bin/env bash
# Builds everything and runs all tests. The last line is "N passed, N failed, N skipped"; the exit code is 0 only when
# something ran and nothing failed.
#
#   ./test.sh          the usual run
#   ./test.sh --long   more seeds, more kills (sets SCHEDULER_LONG=1)
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1

solution=Scheduler.Orleans.sln
standalone=Scheduler.Standalone.slnf
results=TestResults
seeds=2000
patience=20m

export DOTNET_CLI_UI_LANGUAGE=en DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
export MSBUILDDISABLENODEREUSE=1 # nodes that stay behind would keep the output's pipe open

say() { printf '%s\n' "$*"; }
fail() { say "$*" >&2; exit 1; }

for argument in "$@"; do
    case $argument in
        --long) export SCHEDULER_LONG=1; seeds=20000 patience=60m ;;
        *) fail "expected --long or nothing, got \"$argument\"" ;;
    esac
done

has_postgres() { command -v postgres || compgen -G '/usr/lib/postgresql/*/bin/postgres'; } >/dev/null
has_mariadb() { command -v mariadbd || command -v mysqld || [ -x /usr/sbin/mariadbd ]; } >/dev/null

# The store's tests start database servers of their own, where the programs are there.
install_databases() {
    local missing=() root=()
    has_postgres || missing+=(postgresql)
    has_mariadb || missing+=(mariadb-server)
    [ ${#missing[@]} -eq 0 ] && return
    command -v apt-get >/dev/null || { say "Not installed, and there is no apt-get: ${missing[*]}. Their tests are skipped."; return; }
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null || { say "Not installed, and this is neither root nor sudo: ${missing[*]}. Their tests are skipped."; return; }
        root=(sudo -n)
    fi
    say "Installing ${missing[*]} with apt-get."
    { "${root[@]}" apt-get update -qq; "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/dev/null 2>&1 ||
        say "apt-get could not install ${missing[*]}. Their tests are skipped."
}

# The whole solution; or the standalone filter, only where nothing but packages that the feed does not carry is in the way.
restore() {
    local log codes
    say "Restoring $solution."
    log=$(dotnet restore "$solution" -v q 2>&1) && { target=$solution; return; }
    codes=$(grep -oE 'error [A-Z]+[0-9]+' <<<"$log" | sort -u)
    if [ -z "$codes" ] || grep -qvE '^error NU(1101|1102|1103|1603)$' <<<"$codes"; then
        say "$log" >&2
        fail "Restoring $solution failed."
    fi
    say "The package feed lacks: $(grep -E 'error NU(1101|1102|1103|1603)' <<<"$log" |
        sed -nE 's/.*Unable to find (a stable )?package ([A-Za-z0-9_.-]*[A-Za-z0-9_-]).*/\2/p; s/.* depends on ([A-Za-z0-9_.-]+) .*/\1/p' | sort -u | paste -sd ' ')."
    target=$standalone
    say "Restoring $standalone instead."
    dotnet restore "$standalone" -v q || fail "Restoring $standalone failed."
}

# The projects of tests/ that are part of what is built.
built() {
    [ "$target" = "$solution" ] || grep -qF "$(basename "$1")" "$standalone"
}

test_projects() { grep -lF 'Microsoft.NET.Test.Sdk' tests/*/*.csproj 2>/dev/null; }

# Adds up what a result file counts. A skipped test is one that is neither passed nor failed.
count() {
    local counters total
    counters=$(grep -oE '<Counters [^>]*' "$1" 2>/dev/null) || return 1
    number() { sed -nE "s/.* $1=\"([0-9]+)\".*/\1/p" <<<"$counters"; }
    total=$(number total)
    passed=$((passed + $(number passed)))
    failed=$((failed + $(number failed)))
    skipped=$((skipped + total - $(number passed) - $(number failed)))
}

run_tests() {
    local project name before
    for project in $(test_projects); do
        name=$(basename "$project" .csproj)
        if ! built "$project"; then
            # They cannot be asked how many they are: each test method counts as one.
            local methods
            methods=$(grep -rhoE --include='*.cs' '^\s*\[(Store)?(Fact|Theory)\b' "$(dirname "$project")" | wc -l)
            skipped=$((skipped + methods))
            say "$name: skipped ($methods tests), because the feed lacks packages."
            continue
        fi
        say "Testing $name."
        before=$failed
        # A test that hangs ends the run, with its name in the output.
        dotnet test "$project" -c Release --no-build -v q --logger "console;verbosity=minimal" --logger "trx;LogFileName=$name.trx" --results-directory "$results" \
            --blame-hang-timeout "$patience" --blame-hang-dump-type none && tests_ok=1 || tests_ok=0
        count "$results/$name.trx" || { say "$name: no result was written."; failed=$((failed + 1)); }
        # A run that was cut off fails even where no single test did.
        if [ $tests_ok -eq 0 ] && [ "$failed" -eq "$before" ]; then
            say "$name: the run failed."
            failed=$((failed + 1))
        fi
    done
}

run_simulation() {
    local project=tests/Scheduler.Simulation/Scheduler.Simulation.csproj log last
    [ -f "$project" ] && built "$project" || return
    log=$(mktemp)
    say "Simulating $seeds seeds."
    if dotnet run -c Release --no-build --project "$project" -- --seeds "$seeds" --coverage >"$log" 2>&1 && last=$(tail -n 1 "$log") && grep -qE '^[0-9,]+ seeds, [0-9,]+ faults, 0 broken$' <<<"$last"; then
        say "$last"
        passed=$((passed + 1))
    else
        cat "$log"
        failed=$((failed + 1))
    fi
    rm -f "$log"
}

passed=0 failed=0 skipped=0
install_databases
restore
say "Building $target."
dotnet build "$target" -c Release --no-restore -v q || fail "Building $target failed."
rm -rf "$results"
run_tests
run_simulation
[ $((passed + failed)) -gt 0 ] || say "No test ran."
say "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
