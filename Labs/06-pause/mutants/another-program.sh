# kills: sandbox/pause
# A program that does nothing, either, but not pause.
unshare --net --ipc --uts sleep infinity &
PAUSE=$!
