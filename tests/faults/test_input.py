#!/usr/bin/env python3
"""What peers do on the FastCGI socket, and clients on nginx's, while others
ask: it costs nobody but themselves."""

import contextlib
import itertools
import os
import socket
import threading
import time

import faults
from faults import every, sites, tap, under
import fastcgi
import pictures

GREETING = "/caption?template=plain&top_text=hello"
BIG = "/caption.png?template=noise&width=400&top_text=hello"
HARD_DEADLINE_S = 10
WHOLE = fastcgi.request(GREETING)


def check(t, site, name, act, interval_s, note=""):
    """While somebody acts, everybody else is served, and no worker dies."""
    expected = site.body_sums(faults.TARGETS)
    deaths = site.deaths()
    result = under(site, every(interval_s, act))
    faults.check_unharmed(t, name, result, expected, HARD_DEADLINE_S, note)
    t.equal(site.deaths(), deaths, f"{name}: no worker dies")


def send(site, data, wait=False):
    """All of data, as far as it is taken; then the connection is closed."""
    with contextlib.suppress(OSError), \
            fastcgi.connect(site.captiond.socket) as connection:
        connection.sendall(data)
        if wait:
            fastcgi.read_answer(connection)


def test_half_records(t, site):
    cuts = itertools.cycle(range(len(WHOLE)))
    check(t, site, "half records",
          lambda: send(site, WHOLE[:next(cuts)]), 0.01, "one every 10 ms")


def test_mute(t, site):
    """One for each worker, held as long as they are let."""
    def act():
        with contextlib.ExitStack() as stack:
            for _ in range(4):
                stack.enter_context(fastcgi.connect(site.captiond.socket))
            time.sleep(0.6)
    check(t, site, "mute connections", act, 0.1, "4 every 700 ms")


def test_drip(t, site):
    """A byte every 50 ms holds a worker for the time of a request, no more."""
    def act():
        started = time.monotonic()
        with contextlib.suppress(OSError), \
                fastcgi.connect(site.captiond.socket) as connection:
            for byte in WHOLE:
                connection.sendall(bytes([byte]))
                time.sleep(0.05)
        held.append(time.monotonic() - started)
    held = []
    check(t, site, "dripped records", act, 0.1, "one worker always held")
    t.ok(max(held) < 6, "dripped records: a worker is held 5 s at most", held)


def test_params(t, site):
    """16 MiB of parameters."""
    huge = fastcgi.begin() + fastcgi.params(FILLER="x" * (16 << 20)) + \
        fastcgi.stream(fastcgi.STDIN, b"")
    check(t, site, "16 MiB of parameters", lambda: send(site, huge), 0.2,
          "every 200 ms")
    # What made libfcgi end its process.
    lengths = fastcgi.begin() + fastcgi.record(
        fastcgi.PARAMS, b"\xff\xff\xff\xfe\xff\xff\xff\xfe")
    check(t, site, "lengths near 2^31", lambda: send(site, lengths, wait=True),
          0.02, "every 20 ms")


def test_abort(t, site):
    abort = fastcgi.record(fastcgi.ABORT_REQUEST)
    head = fastcgi.begin() + fastcgi.params(REQUEST_METHOD="POST",
                                            REQUEST_URI="/caption")
    stages = itertools.cycle((
        abort, fastcgi.begin() + abort,
        fastcgi.begin() + fastcgi.record(
            fastcgi.PARAMS, fastcgi.pair(b"A", b"b")) + abort,
        head + abort, head + fastcgi.record(fastcgi.STDIN, b"{") + abort,
        fastcgi.request(BIG) + abort))
    check(t, site, "ABORT at each stage", lambda: send(site, next(stages), True),
          0.02, "every 20 ms")


def test_vanished(t, site):
    """Clients that ask for what is costly, and go."""
    request = f"GET {BIG} HTTP/1.1\r\nHost: x\r\n\r\n".encode()

    def act():
        with socket.create_connection(("127.0.0.1", site.nginx.port)) as one:
            one.sendall(request)
    check(t, site, "vanished clients", act, 0.05, "every 50 ms")


def dripping(site, stop):
    """A client that sends nginx a byte every 100 ms."""
    request = f"GET {GREETING} HTTP/1.1\r\nHost: x\r\n".encode()
    while not stop.is_set():
        with contextlib.suppress(OSError), socket.create_connection(
                ("127.0.0.1", site.nginx.port)) as connection:
            for byte in request:
                connection.sendall(bytes([byte]))
                if stop.wait(0.1):
                    return


def slow_reader(site, stop):
    """A client that reads a kilobyte every 100 ms."""
    request = f"GET {BIG} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    while not stop.is_set():
        with contextlib.suppress(OSError), socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", site.nginx.port))
            connection.sendall(request)
            while connection.recv(1024) and not stop.wait(0.1):
                pass


def check_slow(t, site, name, client):
    stop = threading.Event()
    threads = [threading.Thread(target=client, args=(site, stop))
               for _ in range(32)]
    for thread in threads:
        thread.start()
    try:
        check(t, site, name, lambda: None, 1, "32 of them")
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_slow_clients(t, site):
    check_slow(t, site, "dripping clients", dripping)
    check_slow(t, site, "slow readers", slow_reader)


class Site(faults.Site):
    def __enter__(self):
        (self.templates / "noise.png").write_bytes(pictures.png(
            200, 150, lambda x, y: tuple(os.urandom(3)) + (255,)))
        return super().__enter__()


if __name__ == "__main__":
    tap.run(Site(), test_half_records, test_mute, test_drip, test_params,
            test_abort, test_vanished, test_slow_clients)
