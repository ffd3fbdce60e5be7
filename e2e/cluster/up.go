package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clientset "k8s.io/client-go/kubernetes"
	"k8s.io/component-base/version"
)

//go:embed audit-policy.yaml
var auditPolicy []byte

// cluster is a running cluster, as cluster.json describes it to whoever wants to use it.
type cluster struct {
	Version      int      `json:"version"`
	Kubernetes   string   `json:"kubernetes"`
	Server       string   `json:"server"`
	CA           string   `json:"ca"`
	AuditLog     string   `json:"audit_log"`
	AuditWebhook string   `json:"audit_webhook"`
	Nodes        []string `json:"nodes"`
	Program      string   `json:"program"`
	Sockets      string   `json:"sockets"`

	dir string
}

func (c *cluster) pki() string { return filepath.Join(c.dir, "pki") }

func (c *cluster) kubeconfig(name string) string {
	return filepath.Join(c.dir, "kubeconfigs", fileName(name)+".kubeconfig")
}

// fileName is a user's name as a file name.
func fileName(user string) string {
	return strings.NewReplacer(":", "-", "/", "-", "@", "-").Replace(user)
}

func openCluster(dir string) (*cluster, error) {
	if dir == "" {
		return nil, fmt.Errorf("--dir is missing")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(dir, "cluster.json"))
	if err != nil {
		return nil, fmt.Errorf("no cluster in %s: %w", dir, err)
	}
	c := &cluster{dir: dir}
	return c, json.Unmarshal(text, c)
}

func (c *cluster) describe() error {
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(c.dir, "cluster.json"), append(text, '\n'), 0o644)
}

func up() error {
	dir := flag.String("dir", "", "where the cluster keeps its files")
	nodes := flag.Int("nodes", 2, "how many nodes")
	flag.Parse()
	if *dir == "" {
		return fmt.Errorf("--dir is missing")
	}
	absolute, err := filepath.Abs(*dir)
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(absolute, "cluster.json")); err == nil {
		return fmt.Errorf("a cluster is up in %s; stop it with: cluster down --dir %s", *dir, *dir)
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	c := &cluster{Version: 1, Kubernetes: version.Get().GitVersion, Program: program, Nodes: []string{}, dir: absolute}
	began := time.Now()
	if err := c.up(*nodes); err != nil {
		c.stop()
		return err
	}
	fmt.Printf("Kubernetes %s is up in %.1f s: %s, %d nodes\n", c.Kubernetes, time.Since(began).Seconds(), c.Server, *nodes)
	fmt.Printf("  export KUBECONFIG=%s\n", c.kubeconfig("admin"))
	return nil
}

func (c *cluster) up(nodes int) error {
	for _, sub := range []string{"pki", "kubeconfigs", "logs", "pids", "etcd", "nodes"} {
		if err := os.MkdirAll(filepath.Join(c.dir, sub), 0o755); err != nil {
			return err
		}
	}
	ports, err := freePorts(6)
	if err != nil {
		return err
	}
	etcdClient, etcdPeer, api, manager, sched, webhook := ports[0], ports[1], ports[2], ports[3], ports[4], ports[5]
	c.Server = fmt.Sprintf("https://127.0.0.1:%d", api)
	c.AuditWebhook = fmt.Sprintf("http://127.0.0.1:%d", webhook)
	c.AuditLog = filepath.Join(c.dir, "audit.log")
	c.CA = filepath.Join(c.pki(), "ca.crt")
	if err := c.certify(); err != nil {
		return err
	}
	policy := filepath.Join(c.dir, "audit-policy.yaml")
	if err := os.WriteFile(policy, auditPolicy, 0o644); err != nil {
		return err
	}
	hook := filepath.Join(c.dir, "audit-webhook.kubeconfig")
	hookText := fmt.Sprintf("apiVersion: v1\nkind: Config\nclusters: [{name: hook, cluster: {server: %q}}]\n"+
		"contexts: [{name: hook, context: {cluster: hook, user: \"\"}}]\ncurrent-context: hook\n", c.AuditWebhook)
	if err := os.WriteFile(hook, []byte(hookText), 0o644); err != nil {
		return err
	}

	// A socket's path may have a hundred characters; the folder's may have more.
	sockets, err := os.MkdirTemp("", "catseye-e2e-")
	if err != nil {
		return err
	}
	c.Sockets = sockets
	socket := filepath.Join(sockets, "egress")
	way := filepath.Join(c.dir, "egress.yaml")
	wayText := fmt.Sprintf("apiVersion: apiserver.k8s.io/v1beta1\nkind: EgressSelectorConfiguration\negressSelections:\n"+
		"- name: cluster\n  connection:\n    proxyProtocol: HTTPConnect\n    transport: {uds: {udsName: %q}}\n", socket)
	if err := os.WriteFile(way, []byte(wayText), 0o644); err != nil {
		return err
	}
	if err := c.start("egress", "egress", nil, "--listen="+socket); err != nil {
		return err
	}

	pki := func(name string) string { return filepath.Join(c.pki(), name) }
	etcdURL := fmt.Sprintf("http://127.0.0.1:%d", etcdClient)
	peerURL := fmt.Sprintf("http://127.0.0.1:%d", etcdPeer)
	err = c.start("etcd", "etcd", nil,
		"--name=e2e",
		"--data-dir="+filepath.Join(c.dir, "etcd"),
		"--listen-client-urls="+etcdURL,
		"--advertise-client-urls="+etcdURL,
		"--listen-peer-urls="+peerURL,
		"--initial-advertise-peer-urls="+peerURL,
		"--initial-cluster=e2e="+peerURL,
		// Nothing here outlives the machine.
		"--unsafe-no-fsync=true",
		"--log-level=warn",
	)
	if err != nil {
		return err
	}
	err = c.start("kube-apiserver", "kube-apiserver", nil,
		"--etcd-servers="+etcdURL,
		"--bind-address=127.0.0.1",
		"--secure-port="+strconv.Itoa(api),
		"--tls-cert-file="+pki("apiserver.crt"),
		"--tls-private-key-file="+pki("apiserver.key"),
		"--client-ca-file="+pki("ca.crt"),
		"--authorization-mode=Node,RBAC",
		"--enable-admission-plugins=NodeRestriction",
		"--allow-privileged=true",
		"--enable-bootstrap-token-auth=true",
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file="+pki("sa.pub"),
		"--service-account-signing-key-file="+pki("sa.key"),
		"--service-cluster-ip-range=10.96.0.0/16",
		// No endpoint may be a loopback address, so none is published.
		"--endpoint-reconciler-type=none",
		"--kubelet-certificate-authority="+pki("ca.crt"),
		"--kubelet-client-certificate="+pki("apiserver-kubelet-client.crt"),
		"--kubelet-client-key="+pki("apiserver-kubelet-client.key"),
		"--kubelet-preferred-address-types=InternalIP",
		"--egress-selector-config-file="+way,
		"--requestheader-client-ca-file="+pki("front-proxy-ca.crt"),
		"--requestheader-allowed-names=front-proxy-client",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--requestheader-group-headers=X-Remote-Group",
		"--requestheader-username-headers=X-Remote-User",
		"--proxy-client-cert-file="+pki("front-proxy-client.crt"),
		"--proxy-client-key-file="+pki("front-proxy-client.key"),
		"--audit-policy-file="+policy,
		"--audit-log-path="+c.AuditLog,
		"--audit-webhook-config-file="+hook,
		"--audit-webhook-batch-max-wait=1s",
		"--audit-webhook-initial-backoff=1s",
		"--profiling=false",
	)
	if err != nil {
		return err
	}
	err = c.settle("the API server", func(ctx context.Context, client *clientset.Clientset) (bool, error) {
		body, err := client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
		return err == nil && bytes.Equal(body, []byte("ok")), nil
	})
	if err != nil {
		return err
	}
	err = c.start("kube-controller-manager", "kube-controller-manager", nil,
		"--kubeconfig="+c.kubeconfig("system:kube-controller-manager"),
		"--authentication-kubeconfig="+c.kubeconfig("system:kube-controller-manager"),
		"--authorization-kubeconfig="+c.kubeconfig("system:kube-controller-manager"),
		"--bind-address=127.0.0.1",
		"--secure-port="+strconv.Itoa(manager),
		"--controllers=*,bootstrap-signer-controller,token-cleaner-controller",
		"--use-service-account-credentials=true",
		"--service-account-private-key-file="+pki("sa.key"),
		"--root-ca-file="+pki("ca.crt"),
		"--cluster-signing-cert-file="+pki("ca.crt"),
		"--cluster-signing-key-file="+pki("ca.key"),
		"--allocate-node-cidrs=true",
		"--cluster-cidr=10.244.0.0/16",
		"--service-cluster-ip-range=10.96.0.0/16",
		// A recorded day lasts less than a minute: autoscaling must keep up with it.
		"--horizontal-pod-autoscaler-sync-period=2s",
		"--horizontal-pod-autoscaler-downscale-stabilization=6s",
		"--horizontal-pod-autoscaler-initial-readiness-delay=1s",
		"--horizontal-pod-autoscaler-cpu-initialization-period=1s",
		"--profiling=false",
	)
	if err != nil {
		return err
	}
	err = c.start("kube-scheduler", "kube-scheduler", nil,
		"--kubeconfig="+c.kubeconfig("system:kube-scheduler"),
		"--authentication-kubeconfig="+c.kubeconfig("system:kube-scheduler"),
		"--authorization-kubeconfig="+c.kubeconfig("system:kube-scheduler"),
		"--bind-address=127.0.0.1",
		"--secure-port="+strconv.Itoa(sched),
		"--profiling=false",
	)
	if err != nil {
		return err
	}
	err = c.settle("the first service account", func(ctx context.Context, client *clientset.Clientset) (bool, error) {
		_, err := client.CoreV1().ServiceAccounts("default").Get(ctx, "default", metav1.GetOptions{})
		return err == nil, nil
	})
	if err != nil {
		return err
	}
	for i := range nodes {
		if err := c.join(fmt.Sprintf("node-%d", i+1)); err != nil {
			return err
		}
	}
	return c.describe()
}

// certify makes the authorities, the serving certificates and the first users.
func (c *cluster) certify() error {
	ca, err := newAuthority(c.pki(), "ca")
	if err != nil {
		return err
	}
	proxy, err := newAuthority(c.pki(), "front-proxy-ca")
	if err != nil {
		return err
	}
	names := []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"}
	steps := []func() error{
		func() error { return serviceAccountKeys(c.pki()) },
		func() error { return ca.server("apiserver", "kube-apiserver", names, "127.0.0.1", "10.96.0.1") },
		func() error {
			return ca.client("apiserver-kubelet-client", "kube-apiserver-kubelet-client", "system:masters")
		},
		func() error { return proxy.client("front-proxy-client", "front-proxy-client") },
		func() error { return c.userAs("admin", "kubernetes-admin", "system:masters") },
		func() error { return c.userAs("recorder", "catseye:recorder", "system:masters") },
		func() error { return c.user("system:kube-controller-manager") },
		func() error { return c.user("system:kube-scheduler") },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// user writes the kubeconfig of a user.
func (c *cluster) user(name string, groups ...string) error {
	return c.userAs(name, name, groups...)
}

func (c *cluster) userAs(file, name string, groups ...string) error {
	ca, err := openAuthority(c.pki(), "ca")
	if err != nil {
		return err
	}
	if err := ca.client(fileName(file), name, groups...); err != nil {
		return err
	}
	return ca.kubeconfig(c.kubeconfig(file), c.Server, fileName(file))
}

// list is a flag that may be given more than once.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(value string) error {
	*l = append(*l, value)
	return nil
}

func user() error {
	dir := flag.String("dir", "", "the cluster's folder")
	name := flag.String("name", "", "the user's name")
	var groups list
	flag.Var(&groups, "group", "a group that the user is in (repeatable)")
	flag.Parse()
	c, err := openCluster(*dir)
	if err != nil {
		return err
	}
	if *name == "" {
		return fmt.Errorf("--name is missing")
	}
	if err := c.user(*name, groups...); err != nil {
		return err
	}
	fmt.Println(c.kubeconfig(*name))
	return nil
}

// start starts a component as a process of its own, which outlives this one.
func (c *cluster) start(component, name string, environment []string, arguments ...string) error {
	log, err := os.Create(filepath.Join(c.dir, "logs", name+".log"))
	if err != nil {
		return err
	}
	defer log.Close()
	command := &exec.Cmd{
		Path:        c.Program,
		Args:        append([]string{component}, arguments...),
		Env:         append(os.Environ(), environment...),
		Dir:         c.dir,
		Stdout:      log,
		Stderr:      log,
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}
	if err := command.Start(); err != nil {
		return err
	}
	// Who is waited for can be seen to have ended; unwaited it would stay as a zombie.
	go func() { _ = command.Wait() }()
	return os.WriteFile(filepath.Join(c.dir, "pids", name), []byte(strconv.Itoa(command.Process.Pid)), 0o644)
}

// processes are the process ids of what was started, by name.
func (c *cluster) processes() map[string]int {
	found := map[string]int{}
	entries, _ := os.ReadDir(filepath.Join(c.dir, "pids"))
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(c.dir, "pids", entry.Name()))
		if err != nil {
			continue
		}
		if pid, err := strconv.Atoi(string(text)); err == nil {
			found[entry.Name()] = pid
		}
	}
	return found
}

// dead names a component that has ended by itself.
func (c *cluster) dead() string {
	for name, pid := range c.processes() {
		if syscall.Kill(pid, 0) != nil {
			return name
		}
	}
	return ""
}

func (c *cluster) lastWords(name string) string {
	text, _ := os.ReadFile(filepath.Join(c.dir, "logs", name+".log"))
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-8):], "\n")
}

func down() error {
	dir := flag.String("dir", "", "the cluster's folder")
	flag.Parse()
	c, err := openCluster(*dir)
	if err != nil {
		return err
	}
	c.stop()
	return os.RemoveAll(c.dir)
}

// stop ends all processes: politely, then not.
func (c *cluster) stop() {
	if c.Sockets != "" {
		defer os.RemoveAll(c.Sockets)
	}
	processes := c.processes()
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		for _, pid := range processes {
			_ = syscall.Kill(pid, signal)
		}
		for range 50 {
			if alive(processes) == 0 {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
}

func alive(processes map[string]int) (count int) {
	for _, pid := range processes {
		if syscall.Kill(pid, 0) == nil {
			count++
		}
	}
	return count
}

func freePorts(count int) ([]int, error) {
	ports := make([]int, count)
	for i := range ports {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		// Held until all are found, so that none is found twice.
		defer listener.Close()
		ports[i] = listener.Addr().(*net.TCPAddr).Port
	}
	return ports, nil
}
