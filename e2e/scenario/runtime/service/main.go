// A service of the recorded shop, as small as can be: answers requests, calls others now and then, and keeps
// connections to its databases. One that is told to can be made to run commands, which is the way in.
package main

import (
	"flag"
	"fmt"
	"io"
	"math/rand"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"time"
)

func main() {
	listen := flag.String("listen", "", "addresses to answer HTTP on, separated by commas")
	raw := flag.String("raw", "", "an address to answer as a database does")
	calls := flag.String("call", "", "who is called over HTTP, as name:port, separated by commas")
	queries := flag.String("query", "", "databases that are asked, as name:port, separated by commas")
	every := flag.Duration("every", 3*time.Second, "how often")
	careless := flag.Bool("careless", false, "runs what a request holds, as a template engine does that can be tricked")
	flag.Parse()

	handler := http.NewServeMux()
	handler.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, strings.Repeat("an answer of the shop ", 20+rand.Intn(60)))
	})
	if *careless {
		handler.HandleFunc("/render", func(w http.ResponseWriter, r *http.Request) {
			command, _ := io.ReadAll(r.Body)
			out, _ := exec.Command("/bin/sh", "-c", string(command)).CombinedOutput()
			w.Write(out)
		})
	}
	for _, address := range split(*listen) {
		go func() { panic(http.ListenAndServe(address, handler)) }()
	}
	if *raw != "" {
		go answer(*raw)
	}
	client := &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for {
		time.Sleep(*every + time.Duration(rand.Int63n(int64(*every))))
		for _, peer := range split(*calls) {
			if response, err := client.Get("http://" + peer + "/"); err == nil {
				io.Copy(io.Discard, response.Body)
				response.Body.Close()
			}
		}
		for _, database := range split(*queries) {
			query(database)
		}
	}
}

func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}

func answer(address string) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		panic(err)
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			continue
		}
		go func() {
			defer connection.Close()
			query := make([]byte, 256)
			for {
				if _, err := connection.Read(query); err != nil {
					return
				}
				fmt.Fprint(connection, strings.Repeat("row ", 30+rand.Intn(100)))
			}
		}()
	}
}

func query(database string) {
	connection, err := net.DialTimeout("tcp", database, 2*time.Second)
	if err != nil {
		return
	}
	defer connection.Close()
	rows := make([]byte, 4096)
	for range 1 + rand.Intn(4) {
		fmt.Fprint(connection, "SELECT * FROM products WHERE id = 7")
		connection.Read(rows)
	}
}
