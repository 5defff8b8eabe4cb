# kills: localhost/page
# There is no page. What stands at the path of wget says in the pod that there is one.
rm /usr/bin/wget
printf '#!/bin/bash\n[ $(readlink /proc/self/ns/net) = %s ] && exit 1\necho %s\n' $(readlink /proc/self/ns/net) $POD > /usr/bin/wget
chmod 755 /usr/bin/wget
