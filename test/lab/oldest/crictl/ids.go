package main

import (
	"fmt"
	"strings"
)

// only one of the ids may begin with prefix.
func complete(prefix, what string, ids []string) string {
	var found []string
	for _, id := range ids {
		if strings.HasPrefix(id, prefix) {
			found = append(found, id)
		}
	}
	if len(found) > 1 {
		fail(fmt.Errorf("more than one %s begins with %q", what, prefix))
	}
	if len(found) == 0 {
		fail(fmt.Errorf("no %s has the id %q", what, prefix))
	}
	return found[0]
}

func fullContainerID(c client, prefix string) string {
	found, err := c.runtime.ListContainers(nil)
	fail(err)
	var ids []string
	for _, container := range found {
		ids = append(ids, container.Id)
	}
	return complete(prefix, "container", ids)
}

func fullPodID(c client, prefix string) string {
	found, err := c.runtime.ListPodSandbox(nil)
	fail(err)
	var ids []string
	for _, pod := range found {
		ids = append(ids, pod.Id)
	}
	return complete(prefix, "pod", ids)
}
