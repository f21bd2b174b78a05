# The health check of every container: `bash health_check.sh KIND [SERVICE]`; 0 where it is well, else 1 with a line why.
# It imports nothing and starts nothing but `sleep`. Putting a process into a container costs the engine some 60 ms of processor
# time, whatever that process does. So the check that finds a container well for the first time says so at once, and each one after
# it stays and looks every few seconds, for some minutes, until it finds a fault: one process in all that time, a fault told as soon.
watch_seconds=${WATCH_SECONDS:-300} look_seconds=${LOOK_SECONDS:-10} known=${KNOWN_FILE:-/tmp/.known-to-be-well}
fresh_seconds=15

# Opens descriptor 3 to host $1, port $2.
reach() {
  { exec 3<>"/dev/tcp/$1/$2"; } 2>/dev/null && return
  fault="nobody listens"
  return 1
}

# Asks 127.0.0.1, port $1, for path $2: well where the answer is 200.
answers() {
  reach 127.0.0.1 "$1" || return
  local line="" body="" last=""
  printf 'GET %s HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' "$2" >&3
  fault="no answer"
  IFS= read -r -t 4 line <&3 || return
  [[ $line == "HTTP/1."?" 200 "* ]] && return
  while IFS= read -r -t 1 body || [[ $body ]]; do last=$body body=""; done <&3
  fault="${line%$'\r'} $last"
  return 1
}

web() { answers "${2:-8000}" "/$1/readyz"; }
gateway() { answers "${1:-8000}" /healthz; }

# The file a worker leaves (IMC_HEARTBEAT_FILE): seconds since boot, then what is wrong, if anything.
worker() {
  local at="" up
  fault="no fresh heartbeat"
  { read -r at fault_told <"$IMC_HEARTBEAT_FILE"; } 2>/dev/null
  read -r up _ </proc/uptime
  [[ $at =~ ^[0-9]+$ ]] && ((${up%.*} - at <= fresh_seconds)) || return 1
  fault=$fault_told
  [[ -z $fault ]]
}

# A `ping`, which needs no sign-in, by the container's own name: while the image makes its first user, a mongod listens on 127.0.0.1
# that goes away again. OP_MSG: length 51, request 1, opcode 2013, no flags, {ping: 1, $db: "admin"}; its reply begins with {ok: 1}.
mongo() {
  local reply=""
  reach "${1:-$HOSTNAME}" "${2:-27017}" || return
  printf '3\0\0\0\1\0\0\0\0\0\0\0\335\7\0\0\0\0\0\0\0\36\0\0\0\20ping\0\1\0\0\0\2$db\0\6\0\0\0admin\0\0' >&3
  fault="no answer"
  IFS= read -r -t 4 -d k reply <&3 && [[ $reply == *o ]]
}

# Both doors open: they are the last things it starts; a connection without a word is not logged.
rabbitmq() { reach 127.0.0.1 5672 && reach 127.0.0.1 15672; }

kind=$1
shift
LC_ALL=C until=$((SECONDS + watch_seconds))
while "$kind" "$@" 2>/dev/null; do
  exec 3>&-
  if [[ ! -s $known ]]; then
    echo yes >"$known"
    exit 0
  fi
  ((SECONDS + look_seconds <= until)) || exit 0
  sleep "$look_seconds"
done
: >"$known"
echo "${1:+$1 }$kind: $fault"
exit 1
