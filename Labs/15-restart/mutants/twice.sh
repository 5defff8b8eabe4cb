# kills: backoff/waits
# After two ends it waits a sixth of a second only.
podlab pod delete job once
podlab pod apply -f shaky.yaml
fell nc
again nc
fell nc
again nc
