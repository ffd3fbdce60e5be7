// Command cluster is a small real Kubernetes cluster on loopback, in one binary.
//
// It runs the components themselves: etcd, kube-apiserver, kube-controller-manager, kube-scheduler and, for
// every node, a kubelet over a container runtime that only pretends (see runtime.go). It is called by the
// name of a component or with it as the first argument, so that each component is a process of its own and
// introduces itself to the API server under its usual name.
//
//	cluster up --dir DIR [--nodes N]        start; returns when every node is ready
//	cluster down --dir DIR                  stop, and remove DIR
//	cluster user --dir DIR --name NAME [--group GROUP]...
//	cluster node --dir DIR --name NAME      join one more node
//	cluster kubectl ...                     the real kubectl, of the same version
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// entry points by name; the commands that people call, and the components that `up` starts.
var entries = map[string]func() error{
	"up":                      up,
	"down":                    down,
	"user":                    user,
	"node":                    node,
	"etcd":                    etcd,
	"kube-apiserver":          apiserver,
	"kube-controller-manager": controllerManager,
	"kube-scheduler":          scheduler,
	"kubelet":                 kubelet,
	"egress":                  egress,
	"kubectl":                 kubectl,
}

func main() {
	name := filepath.Base(os.Args[0])
	entry, known := entries[name]
	if !known && len(os.Args) > 1 {
		name = os.Args[1]
		entry, known = entries[name]
		// What follows sees the arguments that the component would see.
		os.Args = append([]string{name}, os.Args[2:]...)
	}
	if !known {
		fmt.Fprintln(os.Stderr, "usage: cluster up|down|user|node|kubectl ... (see e2e/cluster/README.md)")
		os.Exit(2)
	}
	if err := entry(); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
}
