# kills: backoff/waits
# After three ends it waits a third of a second only.
podlab pod delete job once
podlab pod apply -f shaky.yaml
fell nc
again nc
fell nc
again nc
fell nc
again nc
