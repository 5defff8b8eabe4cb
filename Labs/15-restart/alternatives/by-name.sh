# solves: sandbox
# pkill finds the pause by its name.
OLD=$(pgrep -x httpd)
pkill -KILL -x pause
again httpd
