# Health check of a worker's container, in one sh without a fork: 0 where the worker's heartbeat file is fresh and names no fault.
# $1: the service. The file is IMC_HEARTBEAT_FILE: seconds since boot, then what is wrong, if anything.
fresh=15
{ read -r at fault <"$IMC_HEARTBEAT_FILE"; } 2>/dev/null || at=
read -r up _ </proc/uptime
if [ -z "$at" ] || [ "$((${up%.*} - at))" -gt "$fresh" ]; then
  echo "$1 worker: no fresh heartbeat"
  exit 1
fi
[ -z "$fault" ] || { echo "$1 worker: $fault"; exit 1; }
