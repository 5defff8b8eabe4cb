# solves: localhost
# The page is written through /proc, and the second server goes into the background by itself.
printf '<h1>%s</h1>\n' $POD > /proc/$A/root/srv/index.html
nsenter -t $B -a httpd -p 8080
until nsenter -t $PAUSE -n ss -Htln | grep :8080; do sleep 0.01; done
