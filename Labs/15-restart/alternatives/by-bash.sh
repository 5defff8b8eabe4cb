# solves: controllers
# bash reads the loop, so the kernel knows it by that name.
podlab pod delete shaky
echo 3 > wanted
bash /root/replicas web.yaml &
until [ "$(pgrep -cx httpd)" = 3 ]; do sleep 0.1; done
OLD=$(podlab pod get -o name | grep -om 1 "$POD-.*")
podlab pod delete $OLD
until [ "$(podlab pod get -o name | grep -v $OLD | grep -c $POD-)" = 3 ]; do sleep 0.1; done
until [ "$(pgrep -cx httpd)" = 3 ]; do sleep 0.1; done
