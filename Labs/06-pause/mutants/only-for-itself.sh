# kills: join/web
# A listens at 127.0.0.1: nobody outside the pod gets there.
nsenter -t $PAUSE -n -i -u unshare -m -p -C -f --mount-proc httpd -f -p 127.0.0.1:80 &
until nsenter -t $PAUSE -n ss -Htln | grep :80; do sleep 0.01; done
