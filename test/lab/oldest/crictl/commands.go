package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1alpha2"
)

var commands = map[string]func(client, []string){
	"info": info, "version": version, "images": images, "pull": pull, "inspecti": inspectImage, "rmi": removeImage,
	"pods": pods, "stopp": stopPods, "rmp": removePods, "ps": containers, "stop": stop, "rm": remove,
	"inspect": inspect, "logs": logs, "exec": execute,
}

const shortID = 13

func printJSON(value interface{}) {
	text, err := json.MarshalIndent(value, "", "  ")
	fail(err)
	fmt.Println(string(text))
}

func matches(name, pattern string) bool {
	found, err := regexp.MatchString(pattern, name)
	fail(err)
	return found
}

func info(c client, _ []string) {
	status, err := c.runtime.Status()
	fail(err)
	printJSON(map[string]interface{}{"status": status})
}

func version(c client, _ []string) {
	v, err := c.runtime.Version("v1alpha2")
	fail(err)
	fmt.Printf("Version:  %s\nRuntimeName:  %s\nRuntimeVersion:  %s\nRuntimeApiVersion:  %s\n",
		v.Version, v.RuntimeName, v.RuntimeVersion, v.RuntimeApiVersion)
}

func images(c client, line []string) {
	found, err := c.images.ListImages(nil)
	fail(err)
	for _, image := range found {
		if parse(line, false).has("quiet") {
			fmt.Println(image.Id)
		} else {
			fmt.Println(strings.Join(image.RepoTags, ","), image.Id[7:20], image.Size_)
		}
	}
}

func pull(c client, line []string) {
	id, err := c.images.PullImage(&runtimeapi.ImageSpec{Image: parse(line, false).only("image")}, nil, nil)
	fail(err)
	fmt.Println("Image is up to date for", id)
}

func inspectImage(c client, line []string) {
	name := parse(line, false).only("image")
	status, err := c.images.ImageStatus(&runtimeapi.ImageSpec{Image: name})
	fail(err)
	if status == nil {
		fail(fmt.Errorf("no such image %q present", name))
	}
	printJSON(map[string]interface{}{"status": status})
}

func removeImage(c client, line []string) {
	for _, name := range parse(line, false).words {
		fail(c.images.RemoveImage(&runtimeapi.ImageSpec{Image: name}))
	}
}

func pods(c client, line []string) {
	o := parse(line, false)
	found, err := c.runtime.ListPodSandbox(&runtimeapi.PodSandboxFilter{LabelSelector: o.labels()})
	fail(err)
	items := []map[string]interface{}{}
	for _, pod := range found {
		if !matches(pod.Metadata.Name, o.get("name")) || !matches(pod.Metadata.Namespace, o.get("namespace")) {
			continue
		}
		switch {
		case o.get("output") == "json":
			items = append(items, map[string]interface{}{
				"id": pod.Id, "metadata": pod.Metadata, "state": pod.State.String(),
				"createdAt": strconv.FormatInt(pod.CreatedAt, 10), "labels": pod.Labels, "annotations": pod.Annotations,
			})
		case o.has("quiet"):
			fmt.Println(pod.Id)
		default:
			fmt.Println(pod.Id[:shortID], pod.State, pod.Metadata.Namespace, pod.Metadata.Name, pod.Metadata.Attempt)
		}
	}
	if o.get("output") == "json" {
		printJSON(map[string]interface{}{"items": items})
	}
}

func stopPods(c client, line []string) {
	for _, id := range parse(line, false).words {
		id = fullPodID(c, id)
		fail(c.runtime.StopPodSandbox(id))
		fmt.Println("Stopped sandbox", id)
	}
}

func removePods(c client, line []string) {
	o := parse(line, false)
	for _, id := range o.words {
		id = fullPodID(c, id)
		if o.has("force") {
			fail(c.runtime.StopPodSandbox(id))
		}
		fail(c.runtime.RemovePodSandbox(id))
		fmt.Println("Removed sandbox", id)
	}
}

func containers(c client, line []string) {
	o := parse(line, false)
	filter := &runtimeapi.ContainerFilter{LabelSelector: o.labels(), PodSandboxId: o.get("pod")}
	if !o.has("all") {
		filter.State = &runtimeapi.ContainerStateValue{State: runtimeapi.ContainerState_CONTAINER_RUNNING}
	}
	found, err := c.runtime.ListContainers(filter)
	fail(err)
	items := []map[string]interface{}{}
	for _, container := range found {
		if !matches(container.Metadata.Name, o.get("name")) {
			continue
		}
		switch {
		case o.get("output") == "json":
			items = append(items, map[string]interface{}{
				"id": container.Id, "podSandboxId": container.PodSandboxId, "metadata": container.Metadata,
				"image": container.Image, "imageRef": container.ImageRef, "state": container.State.String(),
				"createdAt": strconv.FormatInt(container.CreatedAt, 10), "labels": container.Labels,
				"annotations": container.Annotations,
			})
		case o.has("quiet"):
			fmt.Println(container.Id)
		default:
			fmt.Println(container.Id[:shortID], container.State, container.Metadata.Name, container.Metadata.Attempt,
				container.PodSandboxId[:shortID], container.Labels["io.kubernetes.pod.name"])
		}
	}
	if o.get("output") == "json" {
		printJSON(map[string]interface{}{"containers": items})
	}
}

func stop(c client, line []string) {
	o := parse(line, false)
	seconds := int64(0)
	if o.has("timeout") {
		parsed, err := strconv.ParseInt(o.get("timeout"), 10, 64)
		fail(err)
		seconds = parsed
	}
	for _, id := range o.words {
		id = fullContainerID(c, id)
		fail(c.runtime.StopContainer(id, seconds))
		fmt.Println(id)
	}
}

func remove(c client, line []string) {
	o := parse(line, false)
	for _, id := range o.words {
		id = fullContainerID(c, id)
		if o.has("force") {
			fail(c.runtime.StopContainer(id, 0))
		}
		fail(c.runtime.RemoveContainer(id))
		fmt.Println(id)
	}
}

func inspect(c client, line []string) {
	status, err := c.runtime.ContainerStatus(fullContainerID(c, parse(line, false).only("container")))
	fail(err)
	printJSON(map[string]interface{}{"status": map[string]interface{}{
		"id": status.Id, "metadata": status.Metadata, "state": status.State.String(), "image": status.Image,
		"imageRef": status.ImageRef, "reason": status.Reason, "message": status.Message, "exitCode": status.ExitCode,
		"createdAt": stamp(status.CreatedAt), "startedAt": stamp(status.StartedAt),
		"finishedAt": stamp(status.FinishedAt), "labels": status.Labels, "annotations": status.Annotations,
		"mounts": status.Mounts, "logPath": status.LogPath,
	}})
}

func stamp(nanoseconds int64) string { return time.Unix(0, nanoseconds).UTC().Format(time.RFC3339Nano) }

func logs(c client, line []string) {
	o := parse(line, false)
	status, err := c.runtime.ContainerStatus(fullContainerID(c, o.only("container")))
	fail(err)
	lines := "+1"
	if o.has("tail") {
		lines = o.get("tail")
	}
	tail := exec.Command("tail", "-n", lines, status.LogPath)
	tail.Stdout, tail.Stderr = os.Stdout, os.Stderr
	fail(tail.Run())
}

// execute knows only the runtime's synchronous call, so it has no stdin and no TTY, with or without -s.
func execute(c client, line []string) {
	o := parse(line, true)
	if len(o.words) < 2 {
		fail(fmt.Errorf("exec wants a container and a command"))
	}
	limit := time.Duration(0)
	if o.has("timeout") {
		seconds, err := strconv.Atoi(o.get("timeout"))
		fail(err)
		limit = time.Duration(seconds) * time.Second
	}
	stdout, stderr, err := c.runtime.ExecSync(fullContainerID(c, o.words[0]), o.words[1:], limit)
	os.Stdout.Write(stdout)
	os.Stderr.Write(stderr)
	if exit, known := err.(interface{ ExitStatus() int }); known {
		os.Exit(exit.ExitStatus())
	}
	fail(err)
}
