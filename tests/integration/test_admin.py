"""The admin listener: what it tells, what it refuses, and that it answers
while nobody else can."""

import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import fastcgi
import pictures
import sites
import tap

GREETING = "/caption?template=plain&top_text=hello"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"

# The samples of a page of metrics, read by the library whose format it is.
READ_METRICS = """
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
print(json.dumps([[family.name, family.type, family.unit, sample.name,
                   sample.labels, sample.value]
                  for family in text_string_to_metric_families(sys.stdin.read())
                  for sample in family.samples]))
"""


class Site(sites.Site):
    def __init__(self):
        super().__init__("--request-timeout", "6", cache=False)
        self.admin = self.folder / "admin.sock"
        self.captiond.options += ("--admin", f"unix:{self.admin}")
        (self.templates / "bad.png").write_bytes(b"no picture")
        (self.templates / "bad.json").write_bytes(b"{}")
        # The site waits for templates to be listed; this one never is.
        names = self.captiond.names
        self.captiond.names = lambda: names() | {"bad"}


def exchange(path, data):
    """What comes back for these bytes, to the end."""
    with fastcgi.connect(path) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(data)
        return read_all(connection)


def read_all(connection):
    got = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(1 << 16):
            got += piece
    return got


def ask(path, target, method="GET", **headers):
    lines = [f"{method} {target} HTTP/1.1", "Host: x", "Connection: close"] + \
        [f"{name.replace('_', '-')}: {value}"
         for name, value in headers.items()]
    with fastcgi.connect(path) as connection:
        connection.sendall("\r\n".join(lines + ["", ""]).encode())
        answer = http.client.HTTPResponse(connection, method=method)
        answer.begin()
        return sites.Response(answer.status, answer.headers, answer.read())


def ready(path):
    return ask(path, "/readyz")


def lives(get):
    with contextlib.suppress(OSError, http.client.HTTPException):
        return get("/healthz") == (200, "ok\n")


def status(site):
    return ask(site.admin, "/status?json&full").json()


def rest(site):
    """Until both workers have nothing to do."""
    sites.wait_for(lambda: status(site)["idle processes"] == 2, "a rest")


def parse_metrics(text):
    """Samples as (name, labels) -> value, and families; None where the
    library is not installed."""
    for python in (sys.executable, "/usr/bin/python3"):
        result = subprocess.run([python, "-c", READ_METRICS], input=text,
                                capture_output=True, text=True, timeout=60)
        if result.returncode == 0:
            rows = json.loads(result.stdout)
            return ({(row[3], *sorted(row[4].items())): row[5]
                     for row in rows}, {row[0]: row[1:3] for row in rows})
        if "ModuleNotFoundError" not in result.stderr:
            raise ValueError(result.stderr)
    return None


def metrics(site):
    """The samples, without a library: name{labels} as it stands."""
    text = ask(site.admin, "/metrics").body.decode()
    return dict(line.rsplit(" ", 1) for line in text.splitlines()
                if not line.startswith("#"))


def test_health(t, site):
    answer = ask(site.admin, "/healthz")
    t.equal((answer.status, answer.body), (200, b"ok\n"), "the master lives")
    # Without a client: a worker draws one to prove it.
    sites.wait_for(lambda: ready(site.admin).status == 200, "readiness", 20)
    t.contains(ready(site.admin).body, b"a caption was drawn", "it is ready")
    before = site.get("/stats").json()["requests"]["ok"]
    time.sleep(1.2)
    t.ok(site.get("/stats").json()["requests"]["ok"] - before <= 1,
         "what proves it is no request")


def test_status(t, site):
    for _ in range(3):
        site.captiond.ask(GREETING)
    site.captiond.ask("/nothing")
    page = status(site)
    t.equal((page["pool"], page["total processes"], len(page["processes"])),
            ("captiond", 2, 2), "the pool and its workers")
    t.ok(page["accepted conn"] >= 4 and page["outcomes"]["client_error"] >= 1,
         "what was accepted", page)
    t.equal(sum(page["outcomes"].values()), page["accepted conn"],
            "the outcomes are all of it")
    t.equal(sum(one["requests"] for one in page["processes"]),
            page["accepted conn"], "and the workers'")
    t.equal({one["pid"] for one in page["processes"]},
            set(site.captiond.workers()), "their pids")
    t.ok(all(one["memory"] > 100_000 for one in page["processes"]),
         "their memory", page)
    t.equal(page["skipped templates"],
            [{"file": "bad.png", "reason":
              "not a JPEG, PNG, GIF, WebP or SVG picture"}],
            "what could not be packed")
    t.equal((page["listen queue"], page["listen queue len"] > 0), (0, True),
            "the queue")
    rest(site)
    text = ask(site.admin, "/status?full").body.decode()
    for line in ("pool:                 captiond", "total processes:      2",
                 "file:                 bad.png"):
        t.ok(f"\n{line}\n" in "\n" + text, f"as text: {line}", text)
    t.equal(text.count("state:                Idle"), 2, "as text: workers")
    t.ok("pid:" not in ask(site.admin, "/status").body.decode(),
         "without ?full no workers")
    t.ok("processes" not in ask(site.admin, "/status?json").json(),
         "nor as JSON")


def print_status(*options):
    return subprocess.run([str(sites.CAPTIOND), "--status", *options],
                          capture_output=True, text=True,
                          timeout=sites.DEADLINE_S)


def test_for_a_person(t, site):
    rest(site)
    result = print_status("--admin", f"unix:{site.admin}")
    t.equal((result.returncode, result.stderr), (0, ""), "--status")
    for part in (": ready, up ", "\nqueue      0 of ", "workers    2 idle",
                 "bad.png: not a JPEG", "  PID  STATE"):
        t.contains(result.stdout, part, f"--status has '{part.strip()}'")
    for pid in site.captiond.workers():
        t.contains(result.stdout, f"{pid}  Idle", "a line for each worker")
    for what, options, code in (
            ("nobody", ["--admin", f"unix:{site.folder}/none"], 69),
            ("a port that none has", ["--admin", "127.0.0.1:1"], 69),
            ("no address", ["--admin", "here"], 69), ("nothing", [], 64)):
        result = print_status(*options)
        t.equal((result.returncode, result.stdout, bool(result.stderr)),
                (code, "", True), f"--status of {what}")


def test_metrics(t, site):
    before = metrics(site)
    for i in range(5):
        site.captiond.ask(f"{GREETING}{i}")
    site.captiond.ask("/caption?template=nobody")
    rest(site)
    answer = ask(site.admin, "/metrics", Accept=OPENMETRICS)
    t.equal(answer.headers["Content-Type"], OPENMETRICS, "its type")
    t.ok(answer.body.endswith(b"\n# EOF\n"), "its end")
    after = metrics(site)

    def grown(name):
        return float(after[name]) - float(before.get(name, 0))
    for name, by in (
            ('captiond_requests_total{route="caption",status="200"}', 5),
            ('captiond_requests_total{route="caption",status="404"}', 1),
            ('captiond_request_stage_seconds_count{stage="read"}', 6),
            ('captiond_request_stage_seconds_count{stage="encode"}', 5),
            ('captiond_request_stage_seconds_bucket'
             '{stage="write",le="+Inf"}', 6)):
        t.equal(grown(name), by, f"{name} grows by {by}")
    t.ok(grown('captiond_request_stage_seconds_sum{stage="layout"}') > 0 and
         grown("captiond_response_bytes_total") > 500, "times and bytes")
    for role in ("worker", "master", "packer", "admin"):
        t.ok(float(after[f'captiond_memory_pss_bytes{{role="{role}"}}']) > 1e5,
             f"memory of {role}")
    for name, value in (('captiond_workers{state="idle"}', 2),
                        ("captiond_ready", 1), ("captiond_listen_queue", 0)):
        t.equal(float(after[name]), value, name)


def test_metrics_format(t, site):
    """By the format's own library, and Prometheus' own tool."""
    text = ask(site.admin, "/metrics").body.decode()
    parsed = parse_metrics(text)
    if parsed is None:
        t.skip("python3-prometheus-client is not installed")
    else:
        samples, families = parsed
        t.equal(families["captiond_request_stage_seconds"],
                ["histogram", "seconds"], "a histogram in seconds")
        t.equal(families["captiond_requests"], ["counter", ""], "a counter")
        for stage in ("queue", "read", "parse", "layout", "paint", "encode",
                      "write"):
            t.equal(samples["captiond_request_stage_seconds_bucket",
                            ("le", "+Inf"), ("stage", stage)],
                    samples["captiond_request_stage_seconds_count",
                            ("stage", stage)], f"{stage}: all in buckets")
    plain = ask(site.admin, "/metrics", Accept="text/plain;version=0.0.4")
    t.equal(plain.headers["Content-Type"],
            "text/plain; version=0.0.4; charset=utf-8", "the older text")
    t.ok(b"# EOF" not in plain.body and
         b"# TYPE captiond_requests_total counter" in plain.body,
         "has the names of its own")
    if shutil.which("promtool") is None:
        t.skip("promtool is not installed")
        return
    result = subprocess.run(["promtool", "check", "metrics"], input=plain.body,
                            capture_output=True, timeout=60)
    t.equal((result.returncode, result.stderr), (0, b""), "promtool agrees")


REQUEST = "{} HTTP/1.1\r\nHost: x\r\n\r\n"


def test_protocol(t, site):
    for what, data, expected in (
            ("another method", REQUEST.format("POST /healthz"), 405),
            ("no request", "hello\r\n\r\n", 400),
            ("no host", "GET /healthz HTTP/1.1\r\n\r\n", 400),
            ("a body", "GET /healthz HTTP/1.1\r\nHost: x\r\n"
             "Content-Length: 3\r\n\r\nabc", 413),
            ("a long line", "GET /" + "x" * 5000, 414),
            ("many headers", "GET / HTTP/1.1\r\n" + "a: b\r\n" * 5000, 431),
            ("a later version", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505)):
        t.equal(exchange(site.admin, data.encode())[:12],
                f"HTTP/1.1 {expected}".encode(), what)
    answer = ask(site.admin, "/nothing")
    t.equal(answer.status, 404, "another path")
    t.equal(ask(site.admin, "/healthz", "POST").headers["Allow"], "GET, HEAD",
            "405 has Allow")
    answer = ask(site.admin, "/healthz", "HEAD")
    t.equal((answer.status, answer.headers["Content-Length"], answer.body),
            (200, "3", b""), "HEAD has no body")
    got = exchange(site.admin, (
        REQUEST.format("GET /healthz") * 3 +
        "GET /healthz HTTP/1.0\r\n\r\n").encode())
    t.equal(got.count(b"200 OK"), 4, "a pipeline of four")
    with fastcgi.connect(site.admin) as connection:
        for byte in REQUEST.format("HEAD /healthz").encode():
            connection.sendall(bytes([byte]))
        t.contains(connection.recv(4096), b"200 OK", "byte by byte")
        connection.sendall(REQUEST.format("HEAD /healthz").encode())
        t.contains(connection.recv(4096), b"200 OK", "and once more")


def test_crowd(t, site):
    """Who holds connections and says nothing keeps nobody out."""
    with contextlib.ExitStack() as undo:
        for i in range(200):
            one = undo.enter_context(fastcgi.connect(site.admin))
            one.sendall(b"GET /hea"[:i % 8])
        started = time.monotonic()
        t.equal(ask(site.admin, "/healthz").status, 200, "a crowd of mutes")
        t.ok(time.monotonic() - started < 8, "does not hold it up")


def test_saturated(t, site):
    """Every worker stands still, and many wait: still it answers, and says
    that the pool serves."""
    site.captiond.ask(GREETING)
    workers = site.captiond.workers()
    with contextlib.ExitStack() as undo:
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)
            undo.callback(os.kill, pid, signal.SIGCONT)
        waiting = [undo.enter_context(fastcgi.connect(site.captiond.socket))
                   for _ in range(12)]
        for one in waiting:
            one.sendall(fastcgi.request(GREETING))
        started = time.monotonic()
        t.equal(ask(site.admin, "/healthz").status, 200, "it lives")
        t.equal(ready(site.admin).status, 200, "it is ready")
        page = status(site)
        t.equal(float(metrics(site)["captiond_listen_queue"]), 12,
                "twelve wait")
        t.ok(time.monotonic() - started < 2, "all of it at once")
        t.equal(page["listen queue"], 12, "as /status says")
    sites.wait_for(lambda: status(site)["listen queue"] == 0, "they are served")
    t.ok(status(site)["max listen queue"] >= 12, "the longest is kept")


def test_at_work(t, site):
    """A worker at a request says which one, without the query."""
    # Larger than a socket's buffer, and nobody reads it.
    (site.templates / "noise.png").write_bytes(pictures.png(
        900, 600, lambda x, y: os.urandom(4)))
    sites.wait_for(lambda: "noise" in site.captiond.names(), "noise.png")
    with fastcgi.connect(site.captiond.socket) as connection:
        connection.sendall(fastcgi.request(
            "/caption.png?template=noise&top_text=SECRET",
            HTTP_X_REQUEST_ID="held"))
        connection.recv(1)

        def held():
            return [one for one in status(site)["processes"]
                    if one["request id"] == "held" and
                    one["request stage"] == "write"]
        one = sites.wait_for(held, "the request")[0]
        t.equal((one["state"], one["request method"], one["request uri"]),
                ("Finishing", "GET", "/caption.png"), "what it is at")
        sites.wait_for(lambda: status(site)["active processes"] == 1,
                       "one active")
        t.ok("SECRET" not in json.dumps(status(site)), "not what for whom")


def test_still_master(t, site):
    """A master that does not move is no life, though all else goes on."""
    os.kill(site.captiond.process.pid, signal.SIGSTOP)
    try:
        sites.wait_for(lambda: ask(site.admin, "/healthz").status == 503,
                       "its health", 30)
        t.equal(site.captiond.ask(GREETING).status, 200, "workers serve")
        t.contains(ready(site.admin).body, b"the master does not move",
                   "readiness says why")
    finally:
        os.kill(site.captiond.process.pid, signal.SIGCONT)
    sites.wait_for(lambda: ask(site.admin, "/healthz").status == 200,
                   "its health again", 30)


def test_killed(t, site):
    """Its own death, and a worker's."""
    before = metrics(site)
    os.kill(site.captiond.workers()[0], signal.SIGKILL)
    name = 'captiond_worker_restarts_total{reason="signal"}'
    sites.wait_for(lambda: float(metrics(site)[name]) ==
                   float(before[name]) + 1, "the restart is counted")
    t.ok(True, "a killed worker is counted")
    pids = set(sites.children(site.captiond.process.pid))
    admin = pids - set(site.captiond.workers())
    for pid in admin:       # and the packer, which is none the worse
        os.kill(pid, signal.SIGKILL)

    sites.wait_for(lambda: lives(
        lambda path: (ask(site.admin, path).status, "ok\n")), "its successor")
    t.ok(True, "a killed admin is replaced")
    t.ok(float(metrics(site)[name]) >= 1, "the counters outlive it")


def test_warning(t, _):
    with tempfile.TemporaryDirectory(prefix="captiond-test-") as name, \
            contextlib.ExitStack() as undo:
        captiond = sites.Captiond(pathlib.Path(name), "--workers", "1",
                                  "--admin", "0.0.0.0:0")
        undo.callback(captiond.stop)
        captiond.start()
        sites.wait_for(lambda: "admin: '0.0.0.0:0' is open to other machines"
                       in captiond.log.read_text(), "the warning", 30)
        t.ok(True, "whoever opens it to others is warned")


def test_port(t, _):
    """On a port; and where there is nothing to draw on, it is not ready."""
    with tempfile.TemporaryDirectory(prefix="captiond-test-") as name, \
            contextlib.ExitStack() as undo:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        folder = pathlib.Path(name)
        captiond = sites.Captiond(folder, "--workers", "1", "--admin",
                                  f"127.0.0.1:{port}")
        undo.callback(captiond.stop)
        captiond.start()

        def get(path):
            connection = http.client.HTTPConnection("127.0.0.1", port,
                                                    timeout=30)
            with contextlib.closing(connection):
                connection.request("GET", path)
                answer = connection.getresponse()
                return answer.status, answer.read().decode()
        sites.wait_for(lambda: lives(get), "the port")
        t.ok(True, "it lives on a port")
        sites.wait_for(lambda: get("/readyz") == (
            503, "not ready: there is no template to draw on\n"),
            "the reason", 20)
        t.ok(True, "without a template it is not ready")
        (captiond.templates / "plain.png").write_bytes(
            pictures.plain(32, 24, (40, 90, 160)))
        sites.wait_for(lambda: get("/readyz")[0] == 200, "readiness", 20)
        t.ok(True, "with one it is")
        t.ok("open to other machines" not in captiond.log.read_text(),
             "nobody is warned of loopback")


if __name__ == "__main__":
    tap.run(Site(), test_health, test_status, test_for_a_person, test_metrics,
            test_metrics_format, test_protocol, test_crowd, test_saturated,
            test_at_work, test_still_master, test_killed, test_port,
            test_warning)
