package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	noop "go.opentelemetry.io/otel/trace/noop"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	clientset "k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	criapitest "k8s.io/cri-api/pkg/apis/testing"
	cadvisortest "k8s.io/kubernetes/pkg/kubelet/cadvisor/testing"
	"k8s.io/kubernetes/pkg/kubelet/cm"
	"k8s.io/kubernetes/pkg/kubelet/server"
	"k8s.io/kubernetes/pkg/kubemark"
)

// kubelet runs the real kubelet over a runtime without containers: real node heartbeats, token requests,
// reads of ConfigMaps and Secrets, status patches, and a real server for exec, logs and proxying.
func kubelet() error {
	name := flag.String("name", "", "the node's name")
	kubeconfig := flag.String("kubeconfig", "", "what the kubelet calls the API server with")
	recorder := flag.String("recorder-kubeconfig", "", "what the runtime looks at pods with")
	address := flag.String("address", "127.0.0.1", "the address to listen on")
	port := flag.Int("port", 10250, "the port to listen on")
	certificate := flag.String("tls-cert-file", "", "the serving certificate")
	key := flag.String("tls-private-key-file", "", "its key")
	flag.Parse()

	client, heartbeat, err := nodeClients(*kubeconfig)
	if err != nil {
		return err
	}
	pods, _, err := nodeClients(*recorder)
	if err != nil {
		return err
	}
	runtime, err := newRuntime(pods)
	if err != nil {
		return err
	}
	flags, config := kubemark.GetHollowKubeletConfig(&kubemark.HollowKubeletOptions{
		NodeName:    *name,
		KubeletPort: *port,
		MaxPods:     110,
		NodeLabels: map[string]string{
			"topology.kubernetes.io/region": "eu-central-1",
		},
	})
	config.Address = *address
	// Addresses come from outside, as with any cloud: a loopback address is refused for a node's own.
	flags.CloudProvider = "external"
	config.ProviderID = "catseye-e2e://" + *name
	hollow := kubemark.NewHollowKubelet(flags, config, client, heartbeat,
		&cadvisortest.Fake{NodeName: *name}, criapitest.NewFakeImageService(), runtime, cm.NewStubContainerManager())
	hollow.KubeletDeps.TLSOptions = &server.TLSOptions{CertFile: *certificate, KeyFile: *key}
	hollow.KubeletDeps.TracerProvider = noop.NewTracerProvider()
	hollow.Run(context.Background())
	return nil
}

func nodeClients(kubeconfig string) (client, heartbeat *clientset.Clientset, err error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, nil, err
	}
	config.ContentType = "application/vnd.kubernetes.protobuf"
	config.UserAgent = rest.DefaultKubernetesUserAgent()
	config.QPS, config.Burst = 50, 100
	if client, err = clientset.NewForConfig(config); err != nil {
		return nil, nil, err
	}
	beat := rest.CopyConfig(config)
	beat.QPS = -1
	beat.Timeout = 10 * time.Second
	heartbeat, err = clientset.NewForConfig(beat)
	return client, heartbeat, err
}

// node joins one more node to a running cluster.
func node() error {
	dir := flag.String("dir", "", "the cluster's folder")
	name := flag.String("name", "", "the node's name")
	flag.Parse()
	c, err := openCluster(*dir)
	if err != nil {
		return err
	}
	if *name == "" {
		return fmt.Errorf("--name is missing")
	}
	if err := c.join(*name); err != nil {
		return err
	}
	return c.describe()
}

// join starts a kubelet and waits until its node is ready.
func (c *cluster) join(name string) error {
	// Every node has a loopback address of its own to answer on, and an address that looks like one.
	number := 11 + len(c.Nodes)
	address, host := nodeAddress(number)
	ca, err := openAuthority(c.pki(), "ca")
	if err != nil {
		return err
	}
	if err := ca.server("kubelet-"+name, "system:node:"+name, []string{name}, address); err != nil {
		return err
	}
	if err := c.user("system:node:"+name, "system:nodes"); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", host+":0")
	if err != nil {
		return err
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if err := listener.Close(); err != nil {
		return err
	}
	root := filepath.Join(c.dir, "nodes", name)
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	err = c.start("kubelet", "kubelet-"+name, []string{"TMPDIR=" + root},
		"--name="+name,
		"--kubeconfig="+c.kubeconfig("system:node:"+name),
		"--recorder-kubeconfig="+c.kubeconfig("recorder"),
		"--address="+host,
		"--port="+strconv.Itoa(port),
		"--tls-cert-file="+filepath.Join(c.pki(), "kubelet-"+name+".crt"),
		"--tls-private-key-file="+filepath.Join(c.pki(), "kubelet-"+name+".key"),
	)
	if err != nil {
		return err
	}
	c.Nodes = append(c.Nodes, name)
	return c.settle("node "+name, func(ctx context.Context, client *clientset.Clientset) (bool, error) {
		return c.initialised(ctx, client, name, number)
	})
}

// initialised does what a cloud's controller does: it gives a new node its addresses and zone and takes
// the taint away. True when the node is ready.
func (c *cluster) initialised(ctx context.Context, client *clientset.Clientset, name string, number int) (bool, error) {
	node, err := client.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return false, nil // not registered yet
	}
	options := metav1.PatchOptions{FieldManager: "cloud-controller-manager"}
	if len(node.Status.Addresses) < 2 {
		address, _ := nodeAddress(number)
		addresses := fmt.Sprintf(`{"status":{"addresses":[{"type":"InternalIP","address":%q},{"type":"Hostname","address":%q}]}}`,
			address, name)
		_, err = client.CoreV1().Nodes().Patch(ctx, name, types.StrategicMergePatchType, []byte(addresses), options, "status")
		if err != nil {
			return false, err
		}
	}
	if len(node.Spec.Taints) > 0 && node.Spec.Taints[0].Key == "node.cloudprovider.kubernetes.io/uninitialized" {
		zone := fmt.Sprintf(`{"metadata":{"labels":{"topology.kubernetes.io/zone":"eu-central-1%c"}},"spec":{"taints":null}}`, 'a'+rune(number%3))
		_, err = client.CoreV1().Nodes().Patch(ctx, name, types.MergePatchType, []byte(zone), options)
		return false, err
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady {
			return condition.Status == corev1.ConditionTrue && node.Spec.PodCIDR != "", nil
		}
	}
	return false, nil
}

// settle waits for a condition, and says what did not come when it does not.
func (c *cluster) settle(what string, done func(context.Context, *clientset.Clientset) (bool, error)) error {
	config, err := clientcmd.BuildConfigFromFlags("", c.kubeconfig("recorder"))
	if err != nil {
		return err
	}
	client, err := clientset.NewForConfig(config)
	if err != nil {
		return err
	}
	err = wait.PollUntilContextTimeout(context.Background(), 100*time.Millisecond, 90*time.Second, true,
		func(ctx context.Context) (bool, error) {
			if dead := c.dead(); dead != "" {
				return false, fmt.Errorf("%s ended; its last words:\n%s", dead, c.lastWords(dead))
			}
			return done(ctx, client)
		})
	if err != nil {
		return fmt.Errorf("waiting for %s: %w", what, err)
	}
	return nil
}
