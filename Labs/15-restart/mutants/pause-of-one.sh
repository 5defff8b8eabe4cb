# kills: controllers/replaced
# A pod whose pause ends is the same pod with another pause.
podlab pod delete shaky
echo 3 > wanted
./replicas web.yaml &
until [ "$(pgrep -cx httpd)" = 3 ]; do sleep 0.1; done
OLD=$(pgrep -nx httpd); kill -KILL $(pgrep -nx pause)
until [ "$(pgrep -x httpd | grep -cvx $OLD)" = 3 ]; do sleep 0.1; done
