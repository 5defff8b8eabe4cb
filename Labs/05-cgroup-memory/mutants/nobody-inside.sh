# kills: enter/inside
# The limit is set, and every process is outside.
bash
