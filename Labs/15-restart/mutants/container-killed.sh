# kills: controllers/replaced
# A container that ends is the agent's business: the pod stays.
podlab pod delete shaky
echo 3 > wanted
./replicas web.yaml &
until [ "$(pgrep -cx httpd)" = 3 ]; do sleep 0.1; done
OLD=$(pgrep -nx httpd); kill -KILL $OLD
until [ "$(pgrep -x httpd | grep -cvx $OLD)" = 3 ]; do sleep 0.1; done
