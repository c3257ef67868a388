"""A cable between two network namespaces with a delay and a rate, for measuring what a network costs (bench/two-machines.mjs).

Linux's own `tc qdisc … netem` is not in every kernel; a TUN device is. Needs root. Packets wait here as long as they would on the way: a
queue for each direction, emptied at the rate, and delivered so much later. What does not fit into a queue is dropped, as a switch does.

    python3 bench/cable.py NAMESPACE_A NAMESPACE_B DELAY_MS RATE_MBIT

Makes 10.79.0.1 in A and 10.79.0.2 in B, prints `ready`, and forwards until it is ended.
"""

import collections
import fcntl
import os
import select
import struct
import subprocess
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN_WITHOUT_HEADER = 0x0001 | 0x1000
MTU = 9000
# bytes that a queue holds: what 100 ms bring at the rate, and no less than a megabyte
SECONDS_QUEUED = 0.1
LEAST_QUEUED = 1_000_000


def open_end(name, namespace, address):
    """A TUN device that lies in a namespace; what is sent there is read from what this returns."""
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22s", name.encode(), IFF_TUN_WITHOUT_HEADER, b""))
    inside = ["ip", "-n", namespace]
    for words in (
        ["ip", "link", "set", name, "netns", namespace],
        [*inside, "addr", "add", f"{address}/24", "dev", name],
        [*inside, "link", "set", name, "mtu", str(MTU), "up"],
        [*inside, "link", "set", "lo", "up"],
    ):
        subprocess.run(words, check=True)
    return descriptor


class Direction:
    """Packets on their way from one end to the other."""

    def __init__(self, source, target, delay, bytes_per_second):
        self.source, self.target, self.delay = source, target, delay
        self.bytes_per_second = bytes_per_second
        self.free = 0.0
        self.queue = collections.deque()
        self.most = max(LEAST_QUEUED, SECONDS_QUEUED * bytes_per_second)

    def take(self, now):
        """Reads what was sent."""
        while True:
            try:
                packet = os.read(self.source, MTU + 64)
            except BlockingIOError:
                return
            begins = max(now, self.free)
            if (begins - now) * self.bytes_per_second > self.most:
                continue
            self.free = begins + len(packet) / self.bytes_per_second
            self.queue.append((self.free + self.delay, packet))

    def deliver(self, now):
        """Writes what has come."""
        while self.queue and self.queue[0][0] <= now:
            os.write(self.target, self.queue.popleft()[1])


def main():
    first, second, delay_ms, rate_mbit = sys.argv[1:]
    ends = [
        open_end(f"cable{os.getpid()}{end}"[-15:], namespace, f"10.79.0.{i + 1}")
        for i, (end, namespace) in enumerate((("a", first), ("b", second)))
    ]
    numbers = (float(delay_ms) / 1000, float(rate_mbit) * 1e6 / 8)
    directions = [Direction(ends[0], ends[1], *numbers), Direction(ends[1], ends[0], *numbers)]
    print("ready", flush=True)
    while True:
        due = [one.queue[0][0] for one in directions if one.queue]
        wait = max(0.0, min(due) - time.monotonic()) if due else None
        select.select(ends, [], [], wait)
        now = time.monotonic()
        for one in directions:
            one.take(now)
            one.deliver(now)


main()
