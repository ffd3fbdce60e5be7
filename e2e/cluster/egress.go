package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
)

// Nodes and pods have addresses like those of any cluster, and nothing listens there. The API server
// reaches them as it does through a bastion: by an egress proxy, which leads the way to loopback.

// Where nodes and pods seem to be.
var (
	nodeRange = netip.MustParsePrefix("10.0.0.0/24")
	podRange  = netip.MustParsePrefix("10.244.0.0/16")
)

// nodeAddress is what the cluster thinks a node's address is, and where its kubelet really listens.
func nodeAddress(number int) (seen, real string) {
	return fmt.Sprintf("10.0.0.%d", number), fmt.Sprintf("127.0.0.%d", number)
}

// egress answers CONNECT requests of the API server.
func egress() error {
	listen := flag.String("listen", "", "the socket to listen on")
	flag.Parse()
	listener, err := net.Listen("unix", *listen)
	if err != nil {
		return err
	}
	pods, err := podServer()
	if err != nil {
		return err
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer connection.Close()
			if err := tunnel(connection, pods); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		}()
	}
}

// podServer stands for whatever a pod serves.
func podServer() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "ok")
	})
	go func() { fmt.Fprintln(os.Stderr, http.Serve(listener, handler)) }()
	return listener.Addr().String(), nil
}

// destination is where a connection that is meant for an address really goes.
func destination(target, pods string) (string, error) {
	host, port, err := net.SplitHostPort(target)
	if err != nil {
		return "", err
	}
	if host == "localhost" {
		return target, nil
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return "", err
	}
	switch {
	case address.IsLoopback():
		return target, nil
	case nodeRange.Contains(address):
		_, real := nodeAddress(int(address.As4()[3]))
		return net.JoinHostPort(real, port), nil
	case podRange.Contains(address):
		return pods, nil
	}
	return "", fmt.Errorf("%s is not in this cluster", target)
}

func tunnel(client net.Conn, pods string) error {
	reader := bufio.NewReader(client)
	request, err := http.ReadRequest(reader)
	if err != nil {
		return err
	}
	target, err := destination(request.Host, pods)
	if err == nil {
		var server net.Conn
		if server, err = net.Dial("tcp", target); err == nil {
			defer server.Close()
			if _, err := io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
				return err
			}
			return join(client, reader, server)
		}
	}
	_, _ = io.WriteString(client, "HTTP/1.1 502 Bad Gateway\r\n\r\n")
	return fmt.Errorf("%s: %w", request.Host, err)
}

// join copies both ways until one side ends.
func join(client net.Conn, fromClient io.Reader, server net.Conn) error {
	ended := make(chan error, 2)
	go func() {
		_, err := io.Copy(server, fromClient)
		ended <- err
	}()
	go func() {
		_, err := io.Copy(client, server)
		ended <- err
	}()
	<-ended
	return nil
}
