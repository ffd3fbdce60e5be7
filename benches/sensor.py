#!/usr/bin/env python3
"""What the sensor costs: nanoseconds a program run by the kernel's own measure, and processor time of
loops with and without it.

    benches/sensor.py target/release/catseye [--rounds N]

Needs root. The figures of a busy machine are too high: read the ratio beside the nanoseconds.
"""

import argparse
import json
import os
import resource
import socket
import statistics
import subprocess
import sys
import threading
import time

BUDGET = {"on_exec": 4000, "on_connect4": 500}
STATS = "/proc/sys/kernel/bpf_stats_enabled"


def programs():
    """Runs and nanoseconds of each program of the sensor, by name."""
    out = subprocess.run(["bpftool", "-j", "prog", "show"], capture_output=True, text=True, check=True)
    found = {}
    for program in json.loads(out.stdout):
        name = program.get("name", "")
        if name.startswith("on_"):
            runs, time_ns = found.get(name, (0, 0))
            found[name] = (runs + program.get("run_cnt", 0), time_ns + program.get("run_time_ns", 0))
    return found


def spent():
    """Processor seconds of this process and of its children that ended."""
    total = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        total += usage.ru_utime + usage.ru_stime
    return total


def execs(count):
    for _ in range(count):
        os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)


def connects(count, port):
    """Datagram sockets, so that the loop holds little but the connect."""
    for _ in range(count):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as client:
            client.connect(("127.0.0.1", port))


def syscalls(count):
    for _ in range(count):
        os.getppid()


def loops(count):
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(512)
    port = server.getsockname()[1]

    def accept():
        while True:
            try:
                server.accept()[0].close()
            except OSError:
                return

    threading.Thread(target=accept, daemon=True).start()
    took = {}
    for name, work, times in (
        ("exec", lambda n: execs(n), count),
        ("connect", lambda n: connects(n, port), count * 10),
        ("getppid", lambda n: syscalls(n), count * 500),
    ):
        before = spent()
        work(times)
        took[name] = (spent() - before) / times * 1e6
    server.close()
    return took


def resident(pid):
    with open(f"/proc/{pid}/status") as status:
        for line in status:
            if line.startswith(("VmHWM", "VmRSS")):
                yield line.split()[0].rstrip(":"), int(line.split()[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catseye")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=300)
    args = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("needs root")
    without, with_sensor = [], []
    costs = {}
    memory = {}
    loops(20)
    # In turns, so that what else the machine does falls on both alike.
    for _ in range(args.rounds):
        without.append(loops(args.count))
        sensor = subprocess.Popen(
            [args.catseye, "sensor", "--local", "--json"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 30
        while "on_ingress" not in programs() and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(0.5)
        with open(STATS, "w") as stats:
            stats.write("1")
        before = programs()
        # The measure costs too: runs are counted here, the loops are timed without it.
        loops(args.count)
        after = programs()
        with open(STATS, "w") as stats:
            stats.write("0")
        with_sensor.append(loops(args.count))
        for name, (runs, time_ns) in after.items():
            new_runs, new_time = runs - before[name][0], time_ns - before[name][1]
            if new_runs > 100:
                costs.setdefault(name, []).append(new_time / new_runs)
        memory = dict(resident(sensor.pid))
        sensor.terminate()
        sensor.wait()
    print(f"{'program':20} {'ns a run':>10}   (median of {args.rounds}; least)")
    over = []
    for name, values in sorted(costs.items()):
        median, least = statistics.median(values), min(values)
        budget = BUDGET.get(name)
        note = f"  budget {budget}" if budget else ""
        print(f"{name:20} {median:10.0f}   {least:8.0f}{note}")
        if budget and least > budget:
            over.append(name)
    print()
    print(f"{'loop':10} {'without':>10} {'with':>10}  ratio   (processor microseconds a turn, medians)")
    for name in without[0]:
        bare = statistics.median(it[name] for it in without)
        watched = statistics.median(it[name] for it in with_sensor)
        print(f"{name:10} {bare:10.2f} {watched:10.2f}  x{watched / bare:.3f}")
    print()
    print(f"resident {memory.get('VmRSS', 0) / 1024:.1f} MiB, at most {memory.get('VmHWM', 0) / 1024:.1f} MiB; budget 32")
    if over:
        sys.exit(f"over budget: {', '.join(over)}")


if __name__ == "__main__":
    main()
