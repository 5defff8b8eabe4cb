# kills: localhost/page
# The page is in the node's file tree, which A does not see.
echo $POD > /srv/index.html
