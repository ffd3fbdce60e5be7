package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clientset "k8s.io/client-go/kubernetes"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
	criapitest "k8s.io/cri-api/pkg/apis/testing"
	"k8s.io/cri-streaming/pkg/streaming"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
)

// How long the processes of a Job or an init container pretend to work.
const errand = 2 * time.Second

// runtime is a container runtime without containers. It gives each pod an address of its own from the
// node's range, lets the containers that must end end with exit code 0, keeps a log for each, and answers
// exec, attach and port-forward through a real streaming server, so that the API server sees the same
// upgrades and status codes as on any node.
type runtime struct {
	*criapitest.FakeRuntimeService
	streams streaming.Server
	// Sees pods without leaving traces in the audit log; a runtime has no other way to tell which
	// containers end by themselves.
	pods clientset.Interface

	mutex sync.Mutex
	free  netip.Addr // the next address to give
	logs  map[string]string
}

func newRuntime(pods clientset.Interface) (*runtime, error) {
	r := &runtime{
		FakeRuntimeService: criapitest.NewFakeRuntimeService(),
		pods:               pods,
		logs:               map[string]string{},
	}
	r.FakeStatus = &cri.RuntimeStatus{Conditions: []*cri.RuntimeCondition{
		{Type: cri.RuntimeReady, Status: true},
		{Type: cri.NetworkReady, Status: true},
	}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	config := streaming.DefaultConfig
	config.Addr = listener.Addr().String()
	// The server opens its own listener; the address was only looked for.
	if err := listener.Close(); err != nil {
		return nil, err
	}
	r.streams, err = streaming.NewServer(config, terminal{})
	if err != nil {
		return nil, err
	}
	go func() {
		if err := r.streams.Start(true); err != nil {
			fmt.Fprintf(os.Stderr, "streaming server: %v\n", err)
		}
	}()
	return r, nil
}

func (r *runtime) Version(ctx context.Context, version string) (*cri.VersionResponse, error) {
	response, err := r.FakeRuntimeService.Version(ctx, version)
	if err == nil {
		response.RuntimeName, response.RuntimeVersion = "containerd", "2.2.1"
	}
	return response, err
}

// UpdateRuntimeConfig learns the node's range of pod addresses.
func (r *runtime) UpdateRuntimeConfig(_ context.Context, config *cri.RuntimeConfig) error {
	prefix, err := netip.ParsePrefix(config.GetNetworkConfig().GetPodCidr())
	if err != nil {
		return err
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	// The first address is the network, the second the bridge.
	r.free = prefix.Addr().Next().Next()
	return nil
}

func (r *runtime) RunPodSandbox(ctx context.Context, config *cri.PodSandboxConfig, handler string) (string, error) {
	r.mutex.Lock()
	address := r.free
	if address.IsValid() {
		r.free = r.free.Next()
	}
	r.mutex.Unlock()
	if !address.IsValid() {
		return "", fmt.Errorf("the node has no pod addresses yet")
	}
	id, err := r.FakeRuntimeService.RunPodSandbox(ctx, config, handler)
	if err != nil {
		return "", err
	}
	r.Lock()
	defer r.Unlock()
	r.Sandboxes[id].Network.Ip = address.String()
	return id, nil
}

func (r *runtime) CreateContainer(ctx context.Context, sandbox string, config *cri.ContainerConfig, pod *cri.PodSandboxConfig) (string, error) {
	id, err := r.FakeRuntimeService.CreateContainer(ctx, sandbox, config, pod)
	if err != nil {
		return "", err
	}
	log := filepath.Join(pod.LogDirectory, config.LogPath)
	if err := os.MkdirAll(filepath.Dir(log), 0o755); err != nil {
		return "", err
	}
	r.mutex.Lock()
	r.logs[id] = log
	r.mutex.Unlock()
	return id, nil
}

func (r *runtime) StartContainer(ctx context.Context, id string) error {
	if err := r.FakeRuntimeService.StartContainer(ctx, id); err != nil {
		return err
	}
	r.Lock()
	container := r.Containers[id]
	namespace := container.Labels["io.kubernetes.pod.namespace"]
	pod := container.Labels["io.kubernetes.pod.name"]
	name := container.Metadata.Name
	r.Unlock()
	r.mutex.Lock()
	log := r.logs[id]
	r.mutex.Unlock()
	line := fmt.Sprintf("%s stdout F %s started\n", time.Now().UTC().Format(time.RFC3339Nano), name)
	if err := os.WriteFile(log, []byte(line), 0o644); err != nil {
		return err
	}
	go r.end(namespace, pod, name, id)
	return nil
}

// end ends containers that end by themselves.
func (r *runtime) end(namespace, name, container, id string) {
	pod, err := r.pods.CoreV1().Pods(namespace).Get(context.Background(), name, metav1.GetOptions{})
	if err != nil || !runsToCompletion(pod, container) {
		return
	}
	time.Sleep(errand)
	r.Lock()
	defer r.Unlock()
	if c, there := r.Containers[id]; there && c.State == cri.ContainerState_CONTAINER_RUNNING {
		c.State = cri.ContainerState_CONTAINER_EXITED
		c.FinishedAt = time.Now().UnixNano()
		c.Reason = "Completed"
	}
}

func runsToCompletion(pod *corev1.Pod, container string) bool {
	for _, init := range pod.Spec.InitContainers {
		if init.Name == container {
			sidecar := init.RestartPolicy != nil && *init.RestartPolicy == corev1.ContainerRestartPolicyAlways
			return !sidecar
		}
	}
	return pod.Spec.RestartPolicy != corev1.RestartPolicyAlways
}

func (r *runtime) ContainerStatus(ctx context.Context, id string, verbose bool) (*cri.ContainerStatusResponse, error) {
	response, err := r.FakeRuntimeService.ContainerStatus(ctx, id, verbose)
	if err == nil {
		r.mutex.Lock()
		response.Status.LogPath = r.logs[id]
		r.mutex.Unlock()
	}
	return response, err
}

func (r *runtime) Exec(_ context.Context, request *cri.ExecRequest) (*cri.ExecResponse, error) {
	return r.streams.GetExec(request)
}

func (r *runtime) Attach(_ context.Context, request *cri.AttachRequest) (*cri.AttachResponse, error) {
	return r.streams.GetAttach(request)
}

func (r *runtime) PortForward(_ context.Context, request *cri.PortForwardRequest) (*cri.PortForwardResponse, error) {
	return r.streams.GetPortForward(request)
}

// terminal is what every container answers: the command it was given, and success.
type terminal struct{}

func (terminal) Exec(_ context.Context, _ string, command []string, _ io.Reader, out, _ io.WriteCloser, _ bool, _ <-chan remotecommand.TerminalSize) error {
	if out != nil {
		fmt.Fprintln(out, command)
	}
	return nil
}

func (terminal) Attach(_ context.Context, _ string, _ io.Reader, _, _ io.WriteCloser, _ bool, _ <-chan remotecommand.TerminalSize) error {
	return nil
}

func (terminal) PortForward(_ context.Context, _ string, _ int32, stream io.ReadWriteCloser) error {
	return stream.Close()
}
