# solves: limits
# The program kill, and SIGINT.
/bin/kill -s INT $(ps -C kubelet -o pid=)
