# kills: manifest/first-shares
# The same once more by hand, and no agent.
container httpd -f -p 8081
until pgrep -x -P $! httpd; do sleep 0.01; done
