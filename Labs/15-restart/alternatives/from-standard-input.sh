# solves: always
# The manifest comes through a pipe.
kill $!; pkill -KILL -x httpd; wait
cat web.yaml | podlab pod apply -f -
fell httpd
again httpd
