# kills: restart/restarted
# Killed, and nothing else.
kill -KILL $A
