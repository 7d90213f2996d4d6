#!/bin/sh
# keep.sh FOLDER: reads +PID and -PID from its input, the processes that the bench has started and seen end. When the
# input ends, so has the bench, however it ended (SIGKILL too): what still runs is killed by its id, and the folder goes.
trap '' HUP INT TERM
pids=' '
while read -r line; do
  case $line in
    +*) pids="$pids${line#+} " ;;
    -*) pids=$(printf '%s' "$pids" | sed "s/ ${line#-} / /") ;;
  esac
done
# Nothing is worth saving: all that they have stored is in the folder.
for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
# What was killed may have been in the middle of making a file.
for _ in 1 2 3 4 5; do
  rm -rf "$1" 2>/dev/null && break
  sleep 0.2
done
