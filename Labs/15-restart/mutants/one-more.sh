# kills: controllers/wanted
# A pod that the loop does not count.
podlab pod delete shaky
podlab pod apply -f web.yaml
echo 3 > wanted
./replicas web.yaml &
until [ "$(pgrep -cx httpd)" = 4 ]; do sleep 0.1; done
