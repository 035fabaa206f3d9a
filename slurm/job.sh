# shellcheck shell=bash disable=SC2154
# What a job does, the same at every site and in every job of a chain. `twinmill submit` writes its settings above it.
# docs/cluster.md says it in words; exit codes are those of the program (docs/failure.md).

look_tries=${TWINMILL_LOOK_TRIES:-13} look_pause_s=${TWINMILL_LOOK_PAUSE_S:-15}
watch_pause_s=${TWINMILL_WATCH_PAUSE_S:-60} silent_s=${TWINMILL_SILENT_S:-600}
readonly done_all=0 bad_input=2 refused=3 stopped=4 quarantined=5 bug=70

say() {
  printf 'twinmill job %s: %s\n' "$job" "$*" >&2
}

# --- signals: one SIGUSR2 for the launcher, which hands it to the ranks; they finish what they work on ---

stop=0 child=0 passed=0 interrupted=0

pass_on() {
  ((child > 0 && !passed)) || return
  passed=1
  kill -USR2 "$child" 2>/dev/null
}

# shellcheck disable=SC2317  # reached through trap
on_signal() {
  stop=1 interrupted=1
  say 'told to stop: the ranks finish what they work on'
  pass_on
}

launch() {  # launch NAME WORD...  runs it to its end, whatever signals come; returns its exit code
  local code=0 name=$1 watcher=''
  shift
  passed=0
  "$@" &
  child=$!
  if [[ $name == simulate ]] && ((ranks > 1)); then
    watch_rank_0 &
    watcher=$!
  fi
  ((!stop)) || pass_on
  while :; do
    interrupted=0
    wait "$child"
    code=$?
    ((interrupted)) || break
  done
  child=0
  if [[ -n $watcher ]]; then
    kill "$watcher" 2>/dev/null
    wait "$watcher" 2>/dev/null
    rm -f job-now
  fi
  return "$code"
}

# Some launchers let ranks go on when another one dies. Without rank 0 they would wait until the end of the job, so its sign
# of life is looked at: the lock, renewed every ten seconds while it schedules. The file job-now tells the file system's time.
watch_rank_0() {
  local now beat begun
  : >job-now
  begun=$(stat -c %Y job-now)
  while sleep "$watch_pause_s" >/dev/null 2>&1 && kill -0 "$child" 2>/dev/null; do
    : >job-now
    now=$(stat -c %Y job-now)
    beat=$(stat -c %Y run.lock 2>/dev/null) || continue
    ((beat >= begun && now - beat > silent_s)) || continue
    say "rank 0 has given no sign of life for $((now - beat)) s: ending its ranks"
    kill -TERM "$child"
    sleep "$watch_pause_s" >/dev/null 2>&1
    kill -KILL "$child" 2>/dev/null
    return
  done
}

# A clock for systems that send no signal before the end.
watch_clock() {
  local seconds=$((walltime_s - drain_s)) script=$$
  (
    trap 'kill "$sleeper" 2>/dev/null; exit' TERM
    sleep "$seconds" &
    sleeper=$!
    wait "$sleeper" && kill -USR2 "$script" 2>/dev/null
  ) &
  watch=$!
}

# --- what is left of the campaign ---

# Prints it; 0 when nothing is. A run directory that another job holds is waited for: the one before may have died on
# another node a moment ago, and its lock is only stale after two minutes.
look() {
  local code tries
  for ((tries = 0; ; ++tries)); do
    left=$("$program" run "$campaign" --dir "$run" --until "$until" --check 2>"$run/job-check.log")
    code=$?
    if ((code != refused || tries >= look_tries)); then
      ((code == done_all || code == stopped)) || cat "$run/job-check.log" >&2
      rm -f "$run/job-check.log"
      return "$code"
    fi
    sleep "$look_pause_s" &
    wait $!
    ((!stop)) || return "$stopped"
  done
}

# --- the job that follows ---

# The file job-chain holds this job's number and its successor's, so that a requeued job queues no second one.
queue_successor() {
  local answer before=''
  successor=''
  [[ -f job-chain ]] && read -r before successor <job-chain
  if [[ $before == "$job" && -n $successor ]]; then
    say "job $successor follows already"
    return
  fi
  successor=''
  if ((chain_left <= 1)); then
    say 'the last job of its chain. Submit again if it does not finish'
    return
  fi
  answer=$(
    unset "$end_variable"
    submit_after "$job" "$((chain_left - 1))" 2>&1
  ) || {
    say "no job could be queued to follow ($answer)"
    return
  }
  successor=${answer##*$'\n'}
  successor=${successor%%;*}
  printf '%s %s\n' "$job" "$successor" >job-chain.new && mv -f job-chain.new job-chain
  say "job $successor follows"
}

drop_successor() {  # drop_successor WHY...
  rm -f job-chain
  [[ -n $successor ]] || return
  say "job $successor is taken back ($*)"
  cancel_job "$successor" || say "job $successor could not be taken back; it will find nothing to do, or end as this one"
}

# --- the steps ---

# Starts a step again while it fails but gets on: most launchers end all ranks when one dies, and what is done stays done.
step() {  # step NAME WORD...
  local name=$1 code before
  shift
  ((!stop)) || return "$stopped"
  while :; do
    before=$left
    say "$name"
    launch "$name" "$@"
    code=$?
    case $code in
      "$done_all" | "$bad_input" | "$stopped" | "$quarantined" | "$bug") return "$code" ;;
    esac
    ((!stop)) || return "$stopped"
    say "$name ended with exit code $code"
    look || true
    ((!stop)) || return "$stopped"
    if [[ $left == "$before" ]]; then
      return "$refused"
    fi
    say "it got on; starting again ($left)"
  done
}

finish() {  # finish CODE
  local code=$1
  case $code in
    "$done_all") drop_successor 'all is done' ;;
    "$quarantined") drop_successor 'all is done that can be; see twinmill explain' ;;
    "$bad_input") drop_successor 'a mistake in what was given' ;;
    "$bug") drop_successor 'a bug in twinmill' ;;
    "$stopped") ;;
    *) [[ $left != "$left_at_start" ]] || drop_successor 'this job got nowhere' ;;
  esac
  [[ -z ${watch:-} ]] || kill "$watch" 2>/dev/null
  say "exit code $code"
  exit "$code"
}

# `together` names the collective steps: none, train, or train and evaluate.
steps() {
  local code result=$done_all name
  step simulate "${simulate[@]}" "$program" run "$campaign" --dir "$run" --until "$simulate_until"
  code=$?
  for name in "${together[@]}"; do
    ((code == done_all || code == quarantined)) || return "$code"
    ((code == done_all)) || result=$code
    step "$name" "${train[@]}" "$program" "$name" "$run"
    code=$?
  done
  ((code == done_all || code == quarantined)) || return "$code"
  ((code == done_all)) || result=$code
  if [[ $until == report ]]; then
    "$program" report "$run" || return
  fi
  return "$result"
}

main() {
  local code entry
  job=${!job_variable:-none}
  chain_left=${TWINMILL_CHAIN_LEFT:-$chain}
  trap on_signal USR2 TERM
  if [[ -z ${!end_variable:-} ]]; then
    printf -v entry '%(%s)T' -1
    export "$end_variable=$((entry + walltime_s))"
  fi
  [[ $warns == true ]] || watch_clock
  if ((${#modules[@]} > 0)); then
    module load "${modules[@]}" || {
      say 'a module could not be loaded'
      successor='' left='' left_at_start=''
      finish "$refused"
    }
  fi
  export OMP_NUM_THREADS=1  # ranks are the parallelism of the simulation; training sets its own threads
  for entry in "${environment[@]}"; do
    export "${entry?}"
  done
  if [[ -n $burst_buffer && -d $burst_buffer && -w $burst_buffer ]]; then
    export TMPDIR=$burst_buffer
  fi
  cd -- "$run" || exit "$refused"

  look
  code=$?
  left_at_start=$left successor=''
  if ((code == done_all)); then
    say 'nothing is left'
    finish "$done_all"
  fi
  ((code == stopped)) || finish "$code"
  say "left: $left"
  queue_successor
  steps
  finish $?
}

main
