#!/usr/bin/env python3
"""Plays a recorded audit log again and again, for as many gigabytes as are asked for, with times that go
on and with more actors each round, and tells what memory `catseye audit -` takes meanwhile.

    cargo build --release -p catseye-cli
    zstdcat fixtures/clusters/shop/audit.jsonl.zst > shop.jsonl
    benches/replay.py shop.jsonl --gigabytes 10 --measure target/release/catseye
    benches/replay.py shop.jsonl --gigabytes 1 > long.jsonl       # the log alone
"""

import argparse
import datetime
import os
import re
import resource
import subprocess
import sys
import time

STAMP = re.compile(rb'"(?:requestReceivedTimestamp|stageTimestamp)":"([^"]+)"')
USER = re.compile(rb'"user":\{"username":"([^"]+)"')
AUDIT_ID = re.compile(rb'"auditID":"([^"]+)"')
EPOCH = datetime.datetime(1970, 1, 1)


def micros(text):
    stamp = datetime.datetime.strptime(text.decode().rstrip("Z")[:26], "%Y-%m-%dT%H:%M:%S.%f")
    return round((stamp - EPOCH).total_seconds() * 1e6)


def cut(line):
    """The line as the pieces between what changes each round: id, user, times."""
    marks = []
    user = USER.search(line)
    own = user and not user[1].startswith((b"system:node:", b"system:kube", b"system:api", b"system:serviceaccount:kube-system:"))
    if own:
        marks.append((user.end(1), user.end(1), "user"))
    found = AUDIT_ID.search(line)
    if found:
        marks.append((found.start(1), found.start(1) + 4, "id"))
    for stamp in STAMP.finditer(line):
        marks.append((stamp.start(1), stamp.end(1), micros(stamp[1])))
    pieces, last = [], 0
    for start, end, what in sorted(marks):
        pieces += [line[last:start], what]
        last = end
    return pieces + [line[last:]]


def rounds(log, actors):
    """The log, round by round, each as one piece of bytes."""
    with open(log, "rb") as lines:
        events = [cut(line) for line in lines if line.strip()]
    times = [piece for event in events for piece in event if isinstance(piece, int)]
    span = max(times) - min(times) + 60_000_000
    number = 0
    while True:
        shift, out = number * span, []
        suffix = b"-%d" % (number % actors) if number % actors else b""
        for event in events:
            for piece in event:
                if isinstance(piece, bytes):
                    out.append(piece)
                elif piece == "user":
                    out.append(suffix)
                elif piece == "id":
                    out.append(b"%04x" % (number & 0xFFFF))
                else:
                    stamp = EPOCH + datetime.timedelta(microseconds=piece + shift)
                    out.append(stamp.strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode())
        yield b"".join(out)
        number += 1


def memory(process):
    for line in open(f"/proc/{process.pid}/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log")
    parser.add_argument("--gigabytes", type=float, default=10)
    parser.add_argument("--actors", type=int, default=200, help="after so many rounds the names come again")
    parser.add_argument("--measure", metavar="CATSEYE", help="feed this program, or the pipeline bench, and tell its memory")
    args = parser.parse_args()
    limit, written, told = args.gigabytes * 1e9, 0, 0
    process = None
    to = sys.stdout.buffer
    if args.measure:
        is_bench = os.path.basename(args.measure).startswith("pipeline")
        command = [args.measure, "--stdin"] if is_bench else [args.measure, "audit", "-"]
        out = None if is_bench else subprocess.DEVNULL
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out)
        to = process.stdin
    start = time.monotonic()
    for log in rounds(args.log, args.actors):
        for at in range(0, len(log), 1 << 20):
            to.write(log[at : at + (1 << 20)])
            written += min(1 << 20, len(log) - at)
            if process and written - told >= limit / 20:
                told = written
                print(f"{written / 1e9:6.2f} GB  {memory(process):7.1f} MiB", flush=True)
            if written >= limit:
                break
        if written >= limit:
            break
    to.flush()
    if process:
        # The last line may be cut: the program says so and goes on.
        to.close()
        process.wait()
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(
            f"{written / 1e9:.1f} GB in {time.monotonic() - start:.0f} s, of which the program had "
            f"{used.ru_utime + used.ru_stime:.0f} s of a processor; at most {used.ru_maxrss / 1024:.0f} MiB"
        )


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        os._exit(1)
