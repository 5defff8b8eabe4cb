# solves: controllers
# A subshell of the shell that is there runs it, without a program of its own; the number comes later.
podlab pod delete shaky
echo 1 > wanted
( set -- web.yaml; . /root/replicas ) &
until [ "$(pgrep -cx httpd)" = 1 ]; do sleep 0.1; done
echo 3 > wanted
until [ "$(pgrep -cx httpd)" = 3 ]; do sleep 0.1; done
podlab pod delete $(podlab pod get -o name | grep -o "$POD-.*" | tail -n 1)
sleep 0.3
until [ "$(pgrep -cx httpd)" = 3 ]; do sleep 0.1; done
