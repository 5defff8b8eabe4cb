# kills: always/restarted
# With the policy Never it does not come back.
kill $!; pkill -KILL -x httpd; wait
sed s/Always/Never/ web.yaml | podlab pod apply -f -
fell httpd
sleep 0.1
