# shellcheck shell=bash
# What quickstart.sh and check.sh share: packages, processors, configuring, messages. To be sourced, from the top folder.

# shellcheck disable=SC2034  # Used by the scripts that source this file, as is the next list.
packages_to_run=(
  g++ cmake ninja-build pkg-config git ccache
  libopenmpi-dev openmpi-bin libhdf5-openmpi-dev libfftw3-dev libfftw3-mpi-dev
  libtorch-dev libopenblas-dev libdnnl-dev
  libboost-program-options-dev libsqlite3-dev libspdlog-dev libfmt-dev nlohmann-json3-dev libpng-dev libtomlplusplus-dev
  libxxhash-dev gemmi-dev tao-pegtl-dev libcpp-httplib-dev
)
# libomp-dev: clang-tidy finds no <omp.h> without it, while the compiler has its own.
# shellcheck disable=SC2034
packages_to_check=(
  libgtest-dev libgmock-dev libbenchmark-dev clang-format clang-tidy libomp-dev shellcheck python3 python3-h5py python3-torch
  python3-hyperspy python3-pil zsh mandoc man-db
  gpaw gpaw-data slurm-wlm munge chromium nodejs
)

# Exit codes are those of the program: 2 a mistake of the user, 3 the system refused.
die() {  # die CODE MESSAGE...
  local code=$1
  shift
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit "$code"
}

# A heading with the time since the script started.
step() {
  printf '\n== %s  [%d:%02d]\n' "$*" $((SECONDS / 60)) $((SECONDS % 60))
}

missing_packages() {  # missing_packages PACKAGE...  prints those that are not installed, one a line
  local package
  declare -A installed=()
  while read -r package; do
    installed[$package]=yes
  done < <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p' || true)
  for package in "$@"; do
    [[ -n ${installed[$package]:-} ]] || printf '%s\n' "$package"
  done
}

# Installs what is missing, or says what is. No apt call when nothing is missing.
need_packages() {  # need_packages PACKAGE...
  local wanted=("$@") missing=() log=build/packages.log package
  if [[ -n ${Torch_DIR:-} ]]; then  # The user's own LibTorch; find_package(Torch) reads the same variable.
    mapfile -t wanted < <(printf '%s\n' "${wanted[@]}" | grep -vx libtorch-dev)
  fi
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    printf 'This is no Debian system, so nothing is installed for you. What these Debian 12 packages hold must be there:\n'
    printf '  %s\n' "${wanted[*]}"
    return
  fi
  mapfile -t missing < <(missing_packages "${wanted[@]}")
  if ((${#missing[@]} == 0)); then
    return
  fi
  if ((EUID != 0)); then
    die 3 "${#missing[@]} packages are missing (only root can install them). Run this, then start again:" \
      "sudo apt-get install --no-install-recommends ${missing[*]}"
  fi
  step "Installing ${#missing[@]} Debian packages (the first time this takes some minutes)"
  printf '%s\n' "${missing[*]}"
  mkdir -p build
  export DEBIAN_FRONTEND=noninteractive
  apt-get -q -o DPkg::Lock::Timeout=300 update >"$log" 2>&1 ||
    die 3 "apt-get update failed ($(last_error "$log")). See $log; is there a network, and are the sources right?"
  if ! apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "${missing[@]}" >>"$log" 2>&1; then
    mapfile -t missing < <(missing_packages "${missing[@]}")
    for package in "${missing[@]}"; do
      [[ $(apt-cache policy "$package" 2>/dev/null) == *"Candidate: "[0-9]* ]] ||
        printf 'No package source offers %s (Debian 12 does).\n' "$package" >&2
    done
    die 3 "apt-get could not install ${missing[*]} ($(last_error "$log")). See $log; is there a network?"
  fi
}

last_error() {  # last_error LOG  prints apt's last complaint
  local line
  line=$(grep -E '^(E|Err|dpkg: error)' "$1" | tail -n 1) || line=$(tail -n 1 "$1")
  printf '%s' "${line:-no message}"
}

# Processors this process may really use: its affinity, and the CPU quota of its control group.
usable_cores() {
  local cores quota period
  cores=$(env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc)
  if read -r quota period 2>/dev/null </sys/fs/cgroup/cpu.max && [[ $quota != max ]]; then
    quota=$(((quota + period - 1) / period))
    ((quota >= cores)) || cores=$quota
  fi
  printf '%d' "$cores"
}

# Compilers that fit: one per core, and 2 GB of free memory for each (a source with LibTorch's headers takes that much).
compile_jobs() {
  local jobs memory_mb limit
  jobs=$(usable_cores)
  memory_mb=$(($(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo) / 1024))
  if read -r limit 2>/dev/null </sys/fs/cgroup/memory.max && [[ $limit != max ]]; then
    limit=$((limit / 1048576))
    ((limit >= memory_mb)) || memory_mb=$limit
  fi
  ((memory_mb >= jobs * 2000)) || jobs=$((memory_mb / 2000))
  ((jobs >= 1)) || jobs=1
  printf '%d' "$jobs"
}

# Configures once; later, the build itself notices changed CMake files. Starts afresh after a configuration that failed
# and in a tree that was copied together with its build folder.
configure() {  # configure PRESET FOLDER [OPTION...]
  local preset=$1 folder=$2 home=''
  shift 2
  home=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$folder/CMakeCache.txt" 2>/dev/null) || true
  if [[ -e $folder/build.ninja && $home == "$PWD" ]]; then
    return
  fi
  mkdir -p "$folder"
  cmake --fresh --preset "$preset" -B "$folder" "$@" >"$folder/configure.log" 2>&1 || {
    tail -n 25 "$folder/configure.log" >&2
    die 3 "CMake could not configure $folder (its last lines are above, all are in $folder/configure.log)."
  }
}
