#!/usr/bin/env python3
"""Sends audit events to a hub's webhook at a steady rate and tells how long the answers took.

    benches/intake.py --url http://127.0.0.1:7171/audit --token TOKEN [--rate 5000] [--seconds 60] [--batch 100]

Batches are sent when they are due, over several connections, whether or not earlier ones were answered:
a hub that falls behind shows it in the times, not in a lower rate.
"""
import argparse
import http.client
import json
import queue
import ssl
import threading
import time
import urllib.parse


def event(number):
    namespace = f"team-{number % 40}"
    name = f"pod-{number % 5000}"
    verb = ("get", "list", "watch", "patch", "create")[number % 5]
    now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + f".{number % 1_000_000:06d}Z"
    return {
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "stage": "ResponseComplete",
        "auditID": f"00000000-0000-4000-8000-{number:012d}", "verb": verb,
        "requestURI": f"/api/v1/namespaces/{namespace}/pods/{name}",
        "user": {"username": f"system:serviceaccount:{namespace}:app-{number % 7}",
                 "groups": ["system:serviceaccounts", "system:authenticated"]},
        "sourceIPs": [f"10.0.{number % 200}.{number % 250}"], "userAgent": "app/v1 (linux/amd64)",
        "objectRef": {"resource": "pods", "namespace": namespace, "name": name, "apiVersion": "v1"},
        "responseStatus": {"metadata": {}, "code": 200},
        "requestReceivedTimestamp": now, "stageTimestamp": now,
    }


def sender(url, token, work, times, failures):
    connection = None
    context = ssl._create_unverified_context() if url.scheme == "https" else None
    while True:
        item = work.get()
        if item is None:
            return
        due, body = item
        for _ in range(3):
            try:
                if connection is None:
                    connection = (http.client.HTTPSConnection(url.netloc, context=context, timeout=30)
                                  if context else http.client.HTTPConnection(url.netloc, timeout=30))
                connection.request("POST", url.path, body, {
                    "Authorization": f"Bearer {token}", "Content-Type": "application/json"})
                answer = connection.getresponse()
                answer.read()
                times.append(time.monotonic() - due)
                if answer.status != 200:
                    failures.append(answer.status)
                break
            except (OSError, http.client.HTTPException):
                connection = None
        else:
            failures.append(0)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:7171/audit")
    parser.add_argument("--token", required=True)
    parser.add_argument("--rate", type=int, default=5000, help="events a second")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--batch", type=int, default=100, help="events of a batch")
    parser.add_argument("--connections", type=int, default=8)
    args = parser.parse_args()
    url = urllib.parse.urlparse(args.url)
    # Made before the clock runs, so that the sender's own work does not count.
    bodies = [json.dumps({"kind": "EventList", "apiVersion": "audit.k8s.io/v1",
                          "items": [event(first * args.batch + n) for n in range(args.batch)]}).encode()
              for first in range(200)]
    work, times, failures = queue.Queue(), [], []
    threads = [threading.Thread(target=sender, args=(url, args.token, work, times, failures), daemon=True)
               for _ in range(args.connections)]
    for thread in threads:
        thread.start()
    count = args.rate * args.seconds // args.batch
    begin = time.monotonic()
    for number in range(count):
        due = begin + number * args.batch / args.rate
        wait = due - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        # Every event is sent once: what comes again under the same id is not counted by the hub.
        round_number = number // len(bodies)
        body = bodies[number % len(bodies)].replace(b"00000000-0000-4000", b"%08x-0000-4000" % round_number)
        work.put((due, body))
    for _ in threads:
        work.put(None)
    for thread in threads:
        thread.join()
    took = time.monotonic() - begin
    times.sort()
    at = lambda share: times[min(len(times) - 1, int(len(times) * share))] * 1000
    print(f"{len(times) * args.batch} events in {took:.1f} s = {len(times) * args.batch / took:.0f} a second")
    print(f"answers: p50 {at(0.5):.1f} ms, p99 {at(0.99):.1f} ms, most {times[-1] * 1000:.1f} ms; "
          f"not taken: {len(failures)} {sorted(set(failures))}")


if __name__ == "__main__":
    main()
