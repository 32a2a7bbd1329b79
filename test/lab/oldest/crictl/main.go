// Stands in for crictl, which Debian does not have: the part of it that kubeadm and an operator use, over the
// kubelet's own client of the container runtime.
package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	internalapi "k8s.io/cri-api/pkg/apis"
	"k8s.io/kubernetes/pkg/kubelet/cri/remote"
)

type client struct {
	runtime internalapi.RuntimeService
	images  internalapi.ImageManagerService
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "crictl:", err)
		os.Exit(1)
	}
}

const usage = `usage: crictl [-r ENDPOINT] COMMAND
  info  version  images [-q]  pull IMAGE  inspecti IMAGE  rmi IMAGE
  pods [-q] [--name N] [--namespace N] [--label K=V] [-o json]  stopp ID...  rmp [-f] ID...
  ps [-a] [-q] [--name N] [--pod ID] [--label K=V] [-o json]  stop ID...  rm [-f] ID...
  inspect ID  logs [--tail N] ID  exec [-s] ID COMMAND...`

func main() {
	endpoint := "unix:///run/containerd/containerd.sock"
	if set := os.Getenv("CONTAINER_RUNTIME_ENDPOINT"); set != "" {
		endpoint = set
	}
	words := os.Args[1:]
	for len(words) > 0 && strings.HasPrefix(words[0], "-") {
		name, value, joined := strings.Cut(words[0], "=")
		words = words[1:]
		switch name {
		case "-r", "--runtime-endpoint", "-i", "--image-endpoint", "-t", "--timeout", "-c", "--config":
			if !joined && len(words) > 0 {
				value, words = words[0], words[1:]
			}
			if strings.HasSuffix(name, "-endpoint") || name == "-r" || name == "-i" {
				endpoint = value
			}
		case "-v", "--version":
			words = []string{"version"}
		}
	}
	if strings.HasPrefix(endpoint, "/") {
		endpoint = "unix://" + endpoint
	}
	if len(words) == 0 {
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	}
	run, known := commands[words[0]]
	if !known {
		fail(fmt.Errorf("this stand-in does not know %q\n%s", words[0], usage))
	}
	runtime, err := remote.NewRemoteRuntimeService(endpoint, 10*time.Second)
	fail(err)
	images, err := remote.NewRemoteImageService(endpoint, 30*time.Second)
	fail(err)
	run(client{runtime, images}, words[1:])
}
