#!/usr/bin/env python3
"""What a worker may use runs out: memory, descriptors, places in the queue,
lives. The pool goes on."""

import contextlib
import os
import random
import resource
import signal
import socket
import time

import faults
from faults import every, sites, tap, under
import fastcgi

HARD_DEADLINE_S = 10
LARGE = ["/caption.png?template=plain&width=900&top_text={n}",
         "/caption.png?template=sheer&width=1024&top_text={n}"]


def limit_one(site, kind, amount):
    """Lowers a limit of one of the workers to what it uses, and amount more."""
    def act():
        workers = site.captiond.workers()
        if not workers:
            return
        pid = random.choice(workers)
        with contextlib.suppress(OSError):
            used = amount(pid)
            resource.prlimit(pid, kind, (used, resource.prlimit(pid, kind)[1]))
    return act


def data_bytes(pid):
    """What RLIMIT_DATA counts."""
    with open(f"/proc/{pid}/status") as status:
        for line in status:
            if line.startswith("VmData:"):
                return int(line.split()[1]) * 1024
    raise FileNotFoundError(pid)


def test_memory(t, site):
    """A worker without memory says 500 or dies, and is itself alone in it."""
    if faults.IS_SANITIZED:
        t.skip("a sanitizer's own memory is without bound")
        return
    act = limit_one(site, resource.RLIMIT_DATA,
                    lambda pid: data_bytes(pid) + (1 << 20))
    result = under(site, every(0.2, act), targets=LARGE, connections=4)
    faults.report(t, "out of memory", result, "one worker every 200 ms, "
                  f"{site.deaths()} died")
    t.ok(set(result["statuses"]) <= {"200", "500", "503"} and
         not faults.failures(result), "out of memory: each has an answer",
         (result["statuses"], faults.failures(result)))
    for pid in site.captiond.workers():
        hard = resource.prlimit(pid, resource.RLIMIT_DATA)[1]
        resource.prlimit(pid, resource.RLIMIT_DATA, (hard, hard))
    after = under(site, targets=LARGE, seconds=1, connections=4)
    t.ok(after["statuses"].get("500", 0) == 0 < after["statuses"]["200"],
         "out of memory: nothing is left of it", after["statuses"])


def test_descriptors(t, site):
    """One worker that cannot accept: the others do."""
    expected = site.body_sums(faults.TARGETS)
    victim = site.captiond.workers()[0]
    hard = resource.prlimit(victim, resource.RLIMIT_NOFILE)[1]
    used = set(map(int, os.listdir(f"/proc/{victim}/fd")))
    free = min(set(range(len(used) + 1)) - used)
    resource.prlimit(victim, resource.RLIMIT_NOFILE, (free, hard))
    try:
        result = under(site)
    finally:
        resource.prlimit(victim, resource.RLIMIT_NOFILE, (hard, hard))
    faults.check_unharmed(t, "descriptors used up", result, expected,
                          HARD_DEADLINE_S, "in one worker")
    said = site.captiond.log.read_text().count("cannot accept")
    t.ok(0 < said <= 110 + 10 * faults.SECONDS,
         "descriptors used up: it is logged, and not for ever", said)


def fill_queue(site, stack):
    """Connections that say nothing, as many as the socket takes."""
    count = 0
    for _ in range(8192):
        one = stack.enter_context(socket.socket(socket.AF_UNIX))
        one.setblocking(False)
        try:
            one.connect(str(site.captiond.socket))
        except OSError:
            break
        count += 1
    return count


def test_full_queue(t, site):
    """Nobody gets in: 503 at once. Then everybody does, at once."""
    with contextlib.ExitStack() as stack:
        count = fill_queue(site, stack)
        with faults.Load(site, seconds=max(3, faults.SECONDS)) as load:
            time.sleep(1)
            stack.close()
    result = load.result
    faults.report(t, "full queue", result,
                  f"{count} mute connections in it for a second")
    t.ok(set(result["statuses"]) == {"200", "503"} and
         not faults.failures(result),
         "full queue: 200 or 503", (result["statuses"],
                                    faults.failures(result)))
    t.equal(result["without_retry_after"], 0, "full queue: with Retry-After")
    t.equal(sum(busy for _, busy, *_ in result["timeline"][20:]), 0,
            "full queue: a second later everybody gets in")


def test_no_worker_lives(t, site):
    """Each worker dies as soon as it is there: the machine is not busy with
    starting them, and the log is not full of it."""
    started = time.monotonic()
    before, seen = site.deaths(), set()
    size = site.captiond.log.stat().st_size
    while time.monotonic() - started < max(2, min(faults.SECONDS, 10)):
        for pid in site.captiond.workers():
            seen.add(pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSEGV)
        time.sleep(0.01)
    took = time.monotonic() - started
    grown = site.captiond.log.stat().st_size - size
    died = site.deaths() - before
    print(f"# no worker lives: {len(seen)} seen, {died} deaths logged in "
          f"{took:.1f} s, {grown} bytes of log", flush=True)
    t.ok(len(seen) < 50 * took, "no worker lives: they come ever more slowly",
         len(seen))
    t.ok(grown < 100_000, "no worker lives: the log stays readable", grown)
    sites.wait_for(lambda: len(site.captiond.workers()) == 4, "four workers")
    sites.wait_for(lambda: site.get(faults.TARGETS[0]).status == 200,
                   "an answer")
    t.ok(True, "no worker lives: left alone, the pool is whole again")


def test_hang(t, _):
    """A worker that hangs in the middle of a request is found out."""
    with faults.Site("--request-timeout", "2") as site:
        expected = site.body_sums(faults.TARGETS)

        def act():
            """Half a request, and then its worker never comes back."""
            with contextlib.suppress(OSError), \
                    fastcgi.connect(site.captiond.socket) as connection:
                connection.sendall(fastcgi.begin())
                time.sleep(0.5)
        result = under(site, every(0.1, act))
        faults.check_unharmed(t, "peers that hang", result, expected,
                              HARD_DEADLINE_S, "one always there")


if __name__ == "__main__":
    tap.run(faults.Site(), test_memory, test_descriptors, test_full_queue,
            test_no_worker_lives, test_hang)
