#!/bin/bash
# What a learner would type in lab 15. The variables are set by the playground.
# step: loop
fell() { OLD=$(pgrep -x $1); kill -KILL $OLD; }
again() { until pgrep -x $1 | grep -vx "$OLD"; do sleep 0.1; done; }
while :; do httpd -f -p 8080; done 2>/dev/null &
again httpd
fell httpd
again httpd

# step: always
kill $!; pkill -KILL -x httpd; wait
podlab pod apply -f web.yaml
fell httpd
again httpd

# step: sandbox
OLD=$(pgrep -x httpd)
kill -KILL $(pgrep -x pause)
again httpd

# step: policy
podlab pod delete $POD
podlab pod apply -f job.yaml
until pgrep -P $(pgrep -x sh); do sleep 0.1; done
kill -TERM $(pgrep -x sh)
fell tail
again tail
sed 's/: job/: once/; s/OnFailure/Never/' job.yaml | podlab pod apply -f -
kill -KILL $(pgrep -x tail)
sleep 0.3
sleep 0.3

# step: backoff
podlab pod delete job once
podlab pod apply -f shaky.yaml
fell nc
again nc
fell nc
again nc
fell nc
again nc
fell nc
again nc
fell nc
again nc

# step: controllers
podlab pod delete shaky
echo 3 > wanted
./replicas web.yaml &
until [ "$(pgrep -cx httpd)" = 3 ]; do sleep 0.1; done
OLD=$(podlab pod get -o name | grep -om 1 "$POD-.*")
podlab pod delete $OLD
until [ "$(podlab pod get -o name | grep -v $OLD | grep -c $POD-)" = 3 ]; do sleep 0.1; done
until [ "$(pgrep -cx httpd)" = 3 ]; do sleep 0.1; done
