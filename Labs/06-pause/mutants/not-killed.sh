# kills: restart/restarted
# Number 1 of a pid namespace does not hear SIGTERM.
kill $A
