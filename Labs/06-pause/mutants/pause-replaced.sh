# kills: sandbox/pause
# Another program at the path of pause.
cp /usr/bin/sleep /tmp/other; mv /tmp/other /usr/local/bin/pause
unshare --net --ipc --uts pause infinity &
PAUSE=$!
