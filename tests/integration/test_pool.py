"""The pool: workers that die are replaced, TERM drains, and what peers do on
the FastCGI socket costs nobody but themselves."""

import concurrent.futures
import os
import pathlib
import signal
import struct
import subprocess
import time

import fastcgi
import pictures
import sites
import tap

GREETING = "/caption?template=plain&top_text=hello"
BIG = "/caption?template=plain&width=1024&top_text=hello"


def is_served(site):
    return site.captiond.ask(GREETING).status == 200


def two_workers(site):
    found = []

    def are_there():
        found[:] = site.captiond.workers()
        return len(found) == 2
    sites.wait_for(are_there, "two workers")
    return found


def test_killed_worker(t, site):
    for number in (signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM):
        # The kernel's list of children may miss one while another ends.
        before = two_workers(site)
        t.equal(len(before), 2, "there are two workers")
        os.kill(before[0], number)
        sites.wait_for(
            lambda: len(site.captiond.workers()) == 2 and
            before[0] not in site.captiond.workers(), "a successor")
        t.ok(is_served(site), f"a worker after {number.name} is replaced")
        t.ok(before[1] in two_workers(site), "the other one goes on")
    t.contains(site.captiond.log.read_text(), "killed by signal 9",
               "the log tells the cause")


def test_killed_packer(t, site):
    packers = [pid for pid in sites.children(site.captiond.process.pid)
               if sites.command(pid) == "captiond-packer"]
    t.equal(len(packers), 1, "there is one packer")
    os.kill(packers[0], signal.SIGKILL)
    t.ok(is_served(site), "without it captions go on")
    site.put("late.png", pictures.plain(30, 20, (5, 5, 5)))
    sites.wait_for(lambda: "late" in site.captiond.names(), "late.png")
    t.ok(True, "its successor sees what was missed")
    (site.templates / "late.png").unlink()


def test_hanging_worker(t, site):
    """A worker that hangs in a request is killed at the hard deadline."""
    victims = two_workers(site)
    # Half a request keeps one of them at work for a while.
    with fastcgi.connect(site.captiond.socket) as connection:
        connection.sendall(fastcgi.begin())
        time.sleep(0.3)
        if not all(map(sites.freeze, victims)):
            t.skip("no process may look into another here")
            return
        sites.wait_for(lambda: not set(victims) & set(site.captiond.workers())
                       and len(site.captiond.workers()) == 2, "successors")
    for victim in victims:
        sites.bury(victim)
    t.ok(is_served(site), "a worker over its deadline is replaced")
    t.contains(site.captiond.log.read_text(), "over its deadline",
               "the log tells it")


def half_requests():
    """What a peer may send before it is gone; in the middle of everything."""
    whole = fastcgi.request(GREETING)
    yield "nothing", b""
    for cut in (1, 7, 8, 15, 16, 20, 24, len(whole) - 8, len(whole) - 1):
        yield f"{cut} of {len(whole)} bytes", whole[:cut]
    head = fastcgi.begin() + fastcgi.params(
        REQUEST_METHOD="POST", REQUEST_URI="/caption", CONTENT_LENGTH="1000",
        CONTENT_TYPE="application/json")
    yield "a body that ends too soon", \
        head + fastcgi.record(fastcgi.STDIN, b"{" * 100)
    yield "an abort in the parameters", fastcgi.begin() + \
        fastcgi.record(fastcgi.PARAMS, fastcgi.pair(b"A", b"b")) + \
        fastcgi.record(fastcgi.ABORT_REQUEST)
    yield "an abort in the body", head + \
        fastcgi.record(fastcgi.STDIN, b"{") + \
        fastcgi.record(fastcgi.ABORT_REQUEST)
    yield "a pair longer than its record", fastcgi.begin() + \
        fastcgi.record(fastcgi.PARAMS, b"\xff\xff\xff\xff\xff\xff\xff\xff")
    yield "a record of an unknown type", fastcgi.record(99, b"x" * 100)
    yield "another version", b"\x09" + whole[1:]
    yield "another protocol", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    yield "zeros", bytes(4096)


def test_half_requests(t, site):
    workers = set(site.captiond.workers())
    for what, data in half_requests():
        with fastcgi.connect(site.captiond.socket) as connection:
            connection.sendall(data)
        t.ok(is_served(site), f"after {what} the pool goes on")
    t.equal(set(site.captiond.workers()), workers, "no worker died of it")


def test_short_reads(t, site):
    """A request that comes byte by byte."""
    expected = site.captiond.ask(GREETING).body
    with fastcgi.connect(site.captiond.socket) as connection:
        for byte in fastcgi.request(GREETING):
            connection.sendall(bytes([byte]))
        t.equal(fastcgi.read_answer(connection).body, expected,
                "a request byte by byte has its answer")
    body = b'{"template": "plain", "top_text": "hello"}'
    whole = fastcgi.request("/caption", "POST", body,
                            CONTENT_TYPE="application/json")
    for size in (1, 7, 8, 9, 100):
        with fastcgi.connect(site.captiond.socket) as connection:
            for i in range(0, len(whole), size):
                connection.sendall(whole[i:i + size])
            t.equal(fastcgi.read_answer(connection).body, expected,
                    f"a body in pieces of {size}")


def test_padding_and_lengths(t, site):
    """Records with padding, and content that meets libfcgi's buffer."""
    def padded(kind, content):
        return struct.pack(">BBHHBx", 1, kind, 1, len(content), 5) + \
            content + b"\xaa" * 5
    content = fastcgi.pair(b"REQUEST_METHOD", b"GET") + \
        fastcgi.pair(b"REQUEST_URI", GREETING.encode())
    with fastcgi.connect(site.captiond.socket) as connection:
        connection.sendall(
            fastcgi.begin() + padded(fastcgi.PARAMS, content) +
            fastcgi.record(fastcgi.PARAMS) + fastcgi.record(fastcgi.STDIN))
        t.equal(fastcgi.read_answer(connection).status, 200, "padding")
    for total in range(8180, 8206):
        base = len(fastcgi.begin() + fastcgi.params(
            REQUEST_METHOD="GET", REQUEST_URI=GREETING, FILLER="x" * 8000))
        answer = site.captiond.ask(
            GREETING, FILLER="x" * (8000 + total - base))
        if answer.status != 200:
            break
    t.equal(answer.status, 200, f"parameters of up to {total} bytes")


def test_parameters(t, site):
    for what, values in (
            ("no parameters", {}),
            ("no method", {"REQUEST_URI": GREETING}),
            ("no target", {"REQUEST_METHOD": "GET"}),
            ("a length that is no number", {
                "REQUEST_METHOD": "GET", "REQUEST_URI": GREETING,
                "CONTENT_LENGTH": "many"}),
            ("a length below zero", {
                "REQUEST_METHOD": "GET", "REQUEST_URI": GREETING,
                "CONTENT_LENGTH": "-1"}),
            ("a moment that is none", {
                "REQUEST_METHOD": "GET", "REQUEST_URI": GREETING,
                "QUEUED_AT": "soon"}),
            ("a target that is none", {
                "REQUEST_METHOD": "GET", "REQUEST_URI": "caption"}),
            ("an id with a line end", {
                "REQUEST_METHOD": "GET", "REQUEST_URI": "/x\r\nX: y",
                "HTTP_X_REQUEST_ID": "a\r\nX-Evil: 1"})):
        with fastcgi.connect(site.captiond.socket) as connection:
            connection.sendall(fastcgi.begin() + fastcgi.params(**values) +
                               fastcgi.record(fastcgi.STDIN))
            answer = fastcgi.read_answer(connection)
        t.ok(answer.status in (200, 404, 405), f"{what}: an answer",
             answer.status)
        t.ok("x-evil" not in answer.headers, f"{what}: and a clean one")


def test_waited_too_long(t, site):
    answer = site.captiond.ask(GREETING, QUEUED_AT=f"{time.time() - 300:.3f}")
    t.equal((answer.status, bool(answer.headers.get("retry-after"))),
            (503, True), "who waited too long is told to come again")
    answer = site.captiond.ask(GREETING, QUEUED_AT=f"{time.time():.3f}")
    t.equal(answer.status, 200, "who did not is served")


def test_slow_reader(t, site):
    """A peer that does not read holds no worker for ever, and a reader of
    small pieces has it all."""
    expected = site.captiond.ask(BIG).body
    with fastcgi.connect(site.captiond.socket) as slow, \
            fastcgi.connect(site.captiond.socket) as slower:
        for connection in (slow, slower):
            connection.sendall(fastcgi.request(BIG))
        time.sleep(0.5)
        t.equal(fastcgi.read_answer(slow).body, expected,
                "who reads late has it all")
    t.ok(is_served(site), "who never reads is left")


def test_mute(t, site):
    """Connections that say nothing hold each worker half a second at most."""
    mute = [fastcgi.connect(site.captiond.socket) for _ in range(4)]
    started = time.monotonic()
    t.ok(is_served(site), "mute connections do not stop the pool")
    t.ok(time.monotonic() - started < 10, "nor hold it long")
    for connection in mute:
        connection.close()


def test_left_early(t, site):
    """Clients that go before the answer."""
    for _ in range(20):
        with fastcgi.connect(site.captiond.socket) as connection:
            connection.sendall(fastcgi.request(BIG))
    t.ok(is_served(site), "twenty who left cost nothing")


def test_mapped_packs(t, site):
    is_served(site)
    for pid in site.captiond.workers():
        lines = [line.split() for line in pathlib.Path(
            f"/proc/{pid}/maps").read_text().splitlines()
            if f"{site.folder}/packs/" in line and ".pack" in line]
        t.ok(lines and all(line[1] == "r--s" for line in lines),
             "a worker's packs are mapped shared and read-only", lines)


def test_descriptors(t, site):
    """Nothing leaks with the requests."""
    def count():
        # The most that one has: another may be new, and still opening.
        return max(len(os.listdir(f"/proc/{pid}/fd"))
                   for pid in site.captiond.workers())
    for _ in range(20):
        is_served(site)
    before = count()
    for i in range(200):
        site.captiond.ask(f"{GREETING}{i % 7}")
        site.captiond.ask("/caption?template=nobody")
    t.ok(count() <= before + 2, "no descriptor is left over",
         f"{before}, then {count()}")


def test_drain(t, site):
    """TERM under load: every request that was accepted has its answer."""
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(site.captiond.ask, BIG) for _ in range(16)]
        sites.wait_for(lambda: any(one.done() for one in asked), "an answer")
        started = time.monotonic()
        status = site.captiond.stop()
        took = time.monotonic() - started
        ended = [one.exception() or one.result().status for one in asked]
    t.equal(status, 0, "TERM ends with 0")
    t.ok(took < 30, "in time", took)
    # Who came after the socket had gone could not connect.
    t.ok(all(one == 200 or isinstance(one, OSError) for one in ended) and
         200 in ended, "who was in the queue was served", ended)
    t.ok(not site.captiond.socket.exists(), "no socket is left")
    site.captiond.start()


def test_stop_signals(t, site):
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
        children = sites.children(site.captiond.process.pid)
        t.equal(site.captiond.stop(number), 0, f"{number.name} ends with 0")
        t.ok(not any(map(sites.command, children)), "no process is left")
        site.captiond.start()


def test_second_term(t, site):
    """With a request that does not end, the second TERM does not wait."""
    with fastcgi.connect(site.captiond.socket) as connection:
        connection.sendall(fastcgi.begin())
        time.sleep(0.3)
        children = sites.children(site.captiond.process.pid)
        site.captiond.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        t.ok(site.captiond.process.poll() is None, "the first TERM waits")
        started = time.monotonic()
        status = site.captiond.stop()
        t.ok(time.monotonic() - started < 3, "the second does not")
    t.equal(status, 0, "it ends with 0 too")
    t.ok(not any(map(sites.command, children)), "no process is left")
    site.captiond.start()


def test_killed_master(t, site):
    children = sites.children(site.captiond.process.pid)
    site.captiond.process.kill()
    site.captiond.process.wait()
    sites.wait_for(lambda: not any(map(sites.command, children)),
                   "orphans end", 5)
    t.ok(True, "no orphan outlives the master")
    t.ok(site.captiond.socket.exists(), "its socket file is left")
    site.captiond.start()
    t.ok(is_served(site), "and is replaced at the next start")


def test_live_socket(t, site):
    """The socket of a running pool is not taken from it."""
    second = subprocess.run(site.captiond.arguments(), capture_output=True,
                            text=True, timeout=sites.DEADLINE_S)
    t.ok(second.returncode not in (0, 64), "a second pool does not start",
         second.returncode)
    t.contains(second.stderr, str(site.captiond.socket),
               "and says where somebody listens")
    t.ok(is_served(site), "the first one goes on")


if __name__ == "__main__":
    tap.run(sites.Site("--request-timeout", "6"),
            test_killed_worker, test_killed_packer, test_hanging_worker,
            test_half_requests, test_short_reads, test_padding_and_lengths,
            test_parameters, test_waited_too_long, test_slow_reader,
            test_mute, test_left_early,
            test_mapped_packs, test_descriptors, test_drain,
            test_stop_signals, test_second_term, test_killed_master,
            test_live_socket)
