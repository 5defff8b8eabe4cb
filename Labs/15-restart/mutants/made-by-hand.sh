# kills: controllers/replaced
# No loop: the learner has made each of them.
podlab pod delete shaky
for n in 1 2 3; do sed "s/^  name: .*/  name: $POD-$n/" web.yaml; echo ---; done | podlab pod apply -f -
podlab pod delete $POD-1
podlab pod apply -f web.yaml
