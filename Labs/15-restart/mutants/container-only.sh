# kills: sandbox/new-pause
# The container's end is not the pause's.
fell httpd
again httpd
