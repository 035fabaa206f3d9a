#!/usr/bin/env bash
# All checks of the project: formatting, shell scripts, layers, compiler, clang-tidy, every test. docs/testing.md.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: ./check.sh [--quick | --asan]

Installs the Debian packages that are missing (as root; otherwise says which to ask for), builds program and tests in
build/check and runs every check. The last line says whether all passed; so does the exit code (0, 1; 2 a mistake on
the command line; 3 the system refused).

  --quick     only formatting, lint and the unit tests
  --asan      only the unit tests, built with the address and undefined-behaviour sanitizers in build/asan
  -h, --help  this text
TEXT
}

mode=full
case $# in
  0) ;;
  1)
    case $1 in
      -h | --help)
        usage
        exit 0
        ;;
      --quick) mode=quick ;;
      --asan) mode=asan ;;
      *)
        printf 'check.sh: %s is no option of this script. See ./check.sh --help?\n' "$1" >&2
        exit 2
        ;;
    esac
    ;;
  *)
    printf 'check.sh: one option at most. See ./check.sh --help?\n' >&2
    exit 2
    ;;
esac

cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
# shellcheck source=tests/support/setup.sh
source tests/support/setup.sh

need_packages "${packages_to_run[@]}" "${packages_to_check[@]}"
jobs=$(compile_jobs)
cores=$(usable_cores)
failed=()
passed=()

check() {  # check NAME COMMAND...  runs it, remembers how it went and returns that
  local name=$1
  shift
  step "$name"
  if "$@"; then
    passed+=("$name")
  else
    failed+=("$name")
    return 1
  fi
}

formatting() {
  find include src scheduler workers tests -name '*.[ch]pp' -print0 | xargs -0 -n 32 -P "$cores" clang-format --dry-run --Werror
}

shell_scripts() {
  local scripts
  mapfile -t scripts < <(find quickstart.sh check.sh .ci slurm tests -type f \( -name '*.sh' -o -name '*.bash' -o -path .ci/run \))
  shellcheck -x "${scripts[@]}"
}

build() {  # build FOLDER [TARGET...]
  local folder=$1 targets=()
  shift
  (($# == 0)) || targets=(--target "$@")
  cmake --build "$folder" -j "$jobs" "${targets[@]}"
}

# Every test that runs must pass, one at least, and a skip counts as a failure unless tests/support/expected_skips.txt
# names it.
tests() {  # tests FOLDER [CTEST OPTION...]
  local folder=$1 code=0
  shift
  ctest --test-dir "$folder" --output-on-failure --no-tests=error -j "$cores" "$@" | tee "$folder/ctest.log" || code=$?
  python3 tests/support/skips.py tests/support/expected_skips.txt "$folder/ctest.log" \
    "$folder/Testing/Temporary/LastTest.log" || code=1
  return "$code"
}

# What follows a failed check still runs, except that nothing is tested that was not built.
case $mode in
  full)
    check formatting formatting || true
    check 'shell scripts' shell_scripts || true
    configure release build/check
    check 'browser driver' python3 tests/browser/fetch.py build/check/browser || true
    if check build build build/check; then
      check clang-tidy python3 tests/lint/tidy.py build/check "$cores" || true
      check tests tests build/check || true
    fi
    ;;
  quick)
    check formatting formatting || true
    check 'shell scripts' shell_scripts || true
    configure release build/check
    if check build build build/check tests/unit/all; then
      check 'unit tests and lint' tests build/check -L '^(unit|lint)$' || true
    fi
    ;;
  asan)
    configure asan build/asan
    if check build build build/asan tests/unit/all; then
      check 'unit tests with sanitizers' tests build/asan -L '^unit$' || true
    fi
    ;;
esac

printf '\n'
join() {  # join NAME...  "a, b, c"
  local joined
  joined=$(printf ', %s' "$@")
  printf '%s' "${joined:2}"
}
minutes=$(printf '%d:%02d min' $((SECONDS / 60)) $((SECONDS % 60)))
if ((${#failed[@]} > 0)); then
  printf 'check.sh: FAILED in %s: %s\n' "$minutes" "$(join "${failed[@]}")"
  exit 1
fi
printf 'check.sh: all passed in %s: %s\n' "$minutes" "$(join "${passed[@]}")"
