#!/usr/bin/env bash
# From a bare Debian 12 to a finished small campaign: packages, build, images, a trained network and a report.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: ./quickstart.sh [--ranks N] [--dir DIR]

Installs the Debian packages that are missing (as root; otherwise says which to ask for), builds twinmill in
build/release and runs campaigns/quickstart.toml. Started again, it builds what changed and resumes the campaign, or
says that it is complete.

  --ranks N   processes of the campaign, the scheduler included (default: one worker per core and the scheduler)
  --dir DIR   where the run goes (default: runs/quickstart)
  -h, --help  this text
TEXT
}

dir=''
ranks=()
mistake() {
  printf 'quickstart.sh: %s\n' "$*" >&2
  exit 2
}
while (($# > 0)); do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --ranks | --dir)
      (($# >= 2)) || mistake "$1 needs a value (nothing follows it). See ./quickstart.sh --help?"
      if [[ $1 == --dir ]]; then
        [[ -n $2 ]] || mistake "--dir is empty (it names the run's folder). Leave it out for runs/quickstart?"
        dir=$(realpath -m -- "$2")  # Before the change of folder below.
      else
        [[ $2 =~ ^[1-9][0-9]{0,5}$ ]] || mistake "--ranks $2 is no number of processes (1, 2, ...). Leave it out?"
        ranks=(--ranks "$2")
      fi
      shift 2
      ;;
    *)
      mistake "$1 is no option of this script. See ./quickstart.sh --help?"
      ;;
  esac
done

cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
# shellcheck source=tests/support/setup.sh
source tests/support/setup.sh
dir=${dir:-runs/quickstart}

need_packages "${packages_to_run[@]}"

jobs=$(compile_jobs)
step "Building twinmill in build/release ($jobs at a time)"
configure release build/release -DTWINMILL_TESTS=OFF -DTWINMILL_BENCH=OFF
cmake --build build/release --target twinmill -j "$jobs" ||
  die 3 "the build failed (the compiler's words are above)."

step "Running campaigns/quickstart.toml in $dir"
code=0
build/release/twinmill run campaigns/quickstart.toml --dir "$dir" "${ranks[@]}" || code=$?

case $code in
  0) step "Done. Open $dir/report.html in a browser" ;;
  4) step "Stopped early. Start this script again to go on" ;;
  5) step "Done, but some tasks failed: build/release/twinmill explain $dir says which. The report is $dir/report.html" ;;
  *) printf '\nquickstart.sh: the campaign ended with exit code %d (its message is above).\n' "$code" >&2 ;;
esac
exit "$code"
