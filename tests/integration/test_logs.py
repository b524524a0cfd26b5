"""The logs: a line for every request, whatever became of it, nothing of the
query in any, and where they go."""

import contextlib
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import tempfile
import time

import fastcgi
import pictures
import sites
import tap

FIELDS = ["time", "id", "method", "path", "route", "status", "bytes",
          "template", "outcome", "key", "pid", "stage", "total_us", "queue_us",
          "read_us", "parse_us", "layout_us", "paint_us", "encode_us",
          "write_us"]
GREETING = "/caption?template=plain&top_text=hello"


class Site(sites.Site):
    def __init__(self):
        super().__init__("--request-timeout", "6")
        self.access = self.folder / "access.log"
        self.slow = self.folder / "slow.log"
        self.captiond.options += (
            "--access-log", str(self.access), "--slow-log", str(self.slow),
            "--slow-time", "1")
        # Larger than a socket's buffer, however it is encoded.
        chance = random.Random(1)
        (self.templates / "noise.png").write_bytes(pictures.png(
            1000, 600, lambda x, y: chance.randbytes(4)))

    def lines(self, **wanted):
        """The access log's lines with these values."""
        found = [json.loads(line) for line in
                 self.access.read_text().splitlines()]
        return [line for line in found
                if all(line[name] == value for name, value in wanted.items())]

    def line(self, **wanted):
        """The only one, which may take a moment."""
        sites.wait_for(lambda: self.lines(**wanted), f"a line of {wanted}")
        found = self.lines(**wanted)
        assert len(found) == 1, found
        return found[0]


def test_answers(t, site):
    """Each answer has one line, which says what it was."""
    etag = site.captiond.ask(GREETING).headers["etag"]
    for what, target, method, headers, expected in (
            ("200", GREETING, "GET", {}, ("ok", "caption", "plain", True)),
            ("304", GREETING, "GET", {"HTTP_IF_NONE_MATCH": etag},
             ("not_modified", "caption", "plain", False)),
            ("400", "/caption?template=plain&nothing=1", "GET", {},
             ("client_error", "caption", "", True)),
            ("404", "/caption?template=nobody", "GET", {},
             ("client_error", "caption", "nobody", True)),
            ("404", "/nothing", "GET", {}, ("client_error", "other", "", True)),
            ("405", "/fonts", "DELETE", {},
             ("client_error", "fonts", "", True)),
            ("503", GREETING, "GET",
             {"QUEUED_AT": f"{time.time() - 100:.3f}"},
             ("busy", "caption", "", True)),
            ("200", "/templates/plain.png", "GET", {},
             ("ok", "template", "plain", True)),
            ("200", "/stats", "GET", {}, ("ok", "stats", "", True))):
        name = f"{what}-{random.randrange(1 << 60):x}"
        answer = site.captiond.ask(target, method=method,
                                   HTTP_X_REQUEST_ID=name, **headers)
        t.equal(answer.status, int(what), f"{what} of {target:.20}")
        line = site.line(id=name)
        t.equal((line["status"], line["outcome"], line["route"],
                 line["template"], line["bytes"] > 0),
                (int(what), *expected), f"{what}: its line")
        t.equal((line["path"], line["method"], line["bytes"]),
                (target.partition("?")[0], method, len(answer.body)),
                f"{what}: what was asked")
        t.equal(list(line), FIELDS, f"{what}: all fields, in their order")


def test_times(t, site):
    at = time.time()
    site.captiond.ask(GREETING + "+times", HTTP_X_REQUEST_ID="times",
                      QUEUED_AT=f"{at - 0.5:.3f}")
    line = site.line(id="times")
    stages = [line[f"{name}_us"] for name in
              ("read", "parse", "layout", "paint", "encode", "write")]
    t.ok(450_000 <= line["queue_us"] < 30e6, "the wait in the queue", line)
    t.ok(all(us >= 0 for us in stages) and line["layout_us"] > 0,
         "what each stage took", line)
    t.ok(abs(sum(stages) - line["total_us"]) < 10,
         "the stages are the whole", line)
    t.ok(line["pid"] in site.captiond.workers(), "its worker", line)
    t.ok(line["time"][:10] == time.strftime("%Y-%m-%d", time.gmtime(at)) and
         line["time"].endswith("Z"), "the time", line)


def test_without_an_answer(t, site):
    """Who left, or never said anything, has a line too."""
    before = len(site.lines(outcome="gone"))
    whole = fastcgi.request(GREETING, HTTP_X_REQUEST_ID="left")
    for data in (b"\1", whole[:30], whole):
        with fastcgi.connect(site.captiond.socket) as connection:
            connection.sendall(data)
    with fastcgi.connect(site.captiond.socket) as mute:
        t.equal(mute.recv(1), b"", "who is mute is left")
    # The whole request may have been answered before its client's end was
    # seen: it has one line either way.
    site.line(id="left")
    sites.wait_for(lambda: len(site.lines(outcome="gone")) +
                   len(site.lines(id="left", outcome="ok")) >= before + 4,
                   "four lines")
    lines = site.lines(outcome="gone")
    t.equal({line["status"] for line in lines}, {499}, "with nginx's status")
    t.ok("read" in {line["stage"] for line in lines}, "and where they were",
         lines)


@contextlib.contextmanager
def held_worker(site, name):
    """A worker that is writing an answer which nobody reads."""
    with fastcgi.connect(site.captiond.socket) as connection:
        connection.sendall(fastcgi.request(
            "/caption.png?template=noise&top_text=SECRET",
            HTTP_X_REQUEST_ID=name))
        connection.recv(1)
        yield connection


def test_victims(t, site):
    """The master tells the request that a killed worker was serving."""
    with held_worker(site, "victim"):
        # Which one it is need not be known: both die.
        for pid in site.captiond.workers():
            os.kill(pid, signal.SIGKILL)
        line = site.line(id="victim")
    t.equal((line["outcome"], line["status"], line["stage"], line["path"],
             line["method"]),
            ("killed", 502, "write", "/caption.png", "GET"), "its line")
    log = site.captiond.log.read_text()
    t.contains(log, "during request victim '/caption.png', stage write",
               "and the log's")
    sites.wait_for(lambda: len(site.captiond.workers()) == 2, "successors")
    t.equal(len(site.lines(id="victim")), 1, "one line")


def test_no_query(t, site):
    """Texts and keys are people's."""
    site.captiond.ask(GREETING + "SECRET&key=SECRET&sig=SECRET")
    site.captiond.ask("/caption?template=plain&SECRET=1")
    site.post("/caption", {"template": "plain", "top_text": "SECRET"})
    for path in (site.access, site.slow, site.captiond.log):
        t.ok("SECRET" not in path.read_text(), f"nothing of it in {path.name}")


def test_hostile_bytes(t, site):
    """A line is a line, whatever a client sent."""
    path = "/\r\n{\"forged\": 1}\x1b[31m\x7f\xff"
    site.captiond.ask(path, HTTP_X_REQUEST_ID="hostile")
    line = site.line(id="hostile")
    t.equal(line["path"], path.replace("\xff", "\ufffd"), "it is read back")
    raw = site.access.read_bytes()
    t.ok(not any(byte < 0x20 and byte != 0x0a for byte in raw),
         "no control byte is in the log")
    site.captiond.ask("/" + "x" * 16000, HTTP_X_REQUEST_ID="long")
    t.ok(len(site.line(id="long")["path"]) < 600, "a long one is cut")


def test_slow(t, site):
    site.captiond.ask("/caption.webp?template=noise&top_text=slow",
                      HTTP_X_REQUEST_ID="slow")
    slow = [json.loads(line) for line in site.slow.read_text().splitlines()]
    line = next(line for line in slow if line["id"] == "slow")
    longest = max(("read", "parse", "layout", "paint", "encode", "write"),
                  key=lambda name: line[f"{name}_us"])
    t.equal(line["stage"], longest, "it names the longest stage")
    t.ok(all(line["total_us"] >= 1000 for line in slow), "none was quick")


def test_rotation(t, site):
    """After USR1 the files are new ones, and no line is lost."""
    old = site.folder / "access.log.1"
    site.captiond.ask(GREETING, HTTP_X_REQUEST_ID="before")
    site.line(id="before")
    site.access.rename(old)
    site.captiond.process.send_signal(signal.SIGUSR1)
    sites.wait_for(site.access.exists, "a new file")

    def lands():
        site.captiond.ask(GREETING, HTTP_X_REQUEST_ID="after")
        return site.lines(id="after")
    sites.wait_for(lands, "a line in it")
    t.contains(old.read_text(), '"before"', "the old lines are in the old one")
    every = old.read_text() + site.access.read_text()
    t.equal(every.count('"before"'), 1, "each once")


class Syslogd:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(0.1)
        self.lines = []

    def has(self, *parts):
        with contextlib.suppress(TimeoutError):
            while True:
                self.lines.append(self.socket.recv(65536).decode())
        return [line for line in self.lines
                if all(part in line for part in parts)]


def with_captiond(test):
    """A pool of its own, in a folder of its own, with one template."""
    def run(t, _):
        with tempfile.TemporaryDirectory(prefix="captiond-test-") as name, \
                contextlib.ExitStack() as undo:
            folder = pathlib.Path(name)
            captiond = sites.Captiond(folder, "--workers", "1")
            (captiond.templates / "plain.png").write_bytes(
                pictures.plain(32, 24, (40, 90, 160)))
            (captiond.templates / "bad.png").write_bytes(b"bad")
            (captiond.templates / "bad.json").write_bytes(b"{}")
            undo.callback(captiond.stop)
            captiond.names = lambda: {"bad"} | \
                sites.Captiond.names(captiond)
            test(t, captiond, folder)
    run.__name__ = test.__name__
    return run


@with_captiond
def test_syslog(t, captiond, folder):
    syslogd = Syslogd(folder / "log.sock")
    target = f"syslog:{folder}/log.sock"
    captiond.options += ("--log", target, "--access-log", target,
                         "--access-log-format", "text")
    captiond.start()
    captiond.ask(GREETING, HTTP_X_REQUEST_ID="told")
    for what, parts in (
            ("the master", ("<29>", "master: listening")),
            ("the packer", ("<28>", "packer: skipped 'bad.png'")),
            ("a request", ("<30>", " told GET /caption 200 "))):
        t.ok(sites.wait_for(lambda: syslogd.has(*parts), what),
             f"{what} is told to syslog")
    syslogd.socket.close()
    t.equal(captiond.ask(GREETING).status, 200, "without syslogd it serves")


@with_captiond
def test_file(t, captiond, folder):
    log = folder / "the.log"
    captiond.options += ("--log", str(log), "--access-log", "stderr",
                         "--access-log-format",
                         "{{{id} {status}} {template}")
    captiond.start()
    captiond.ask(GREETING, HTTP_X_REQUEST_ID="told")
    for what, part in (("the master", "master["), ("the packer", "packer["),
                       ("a request, in the site's format",
                        "{told 200} plain\n")):
        t.ok(sites.wait_for(lambda: part in log.read_text(), what),
             f"{what} is told to the file")
    t.equal(log.stat().st_mode & 0o137, 0, "which is not for everybody")
    log.rename(folder / "old.log")
    captiond.process.send_signal(signal.SIGUSR1)
    sites.wait_for(lambda: log.exists() and "master[" in log.read_text(),
                   "the master in a new file")
    captiond.ask(GREETING, HTTP_X_REQUEST_ID="again")
    sites.wait_for(lambda: "{again 200}" in log.read_text() +
                   (folder / "old.log").read_text(), "a request")
    t.ok(True, "after USR1 the file is a new one")


@with_captiond
def test_reload(t, captiond, folder):
    """HUP may move the logs, and what cannot be moved stays."""
    config = folder / "captiond.conf"

    def write(name):
        config.write_text(f"[captiond]\naccess-log={folder}/{name}\n"
                          "access-log-format={id}\n")
    write("one")
    captiond.options += ("--config", str(config))
    captiond.start()
    captiond.ask(GREETING, HTTP_X_REQUEST_ID="first")
    for name, where in (("two", "two"), ("none/three", "two")):
        write(name)
        captiond.process.send_signal(signal.SIGHUP)
        before = (folder / where).read_text() \
            if (folder / where).exists() else ""

        def lands():
            captiond.ask(GREETING, HTTP_X_REQUEST_ID="next")
            return (folder / where).exists() and \
                (folder / where).read_text() != before
        sites.wait_for(lands, f"a line in {where}")
    t.contains((folder / "one").read_text(), "first\n", "the old log")
    sites.wait_for(lambda: "none/three" in captiond.log.read_text(), "why")
    t.contains(captiond.log.read_text(), "stays as it was",
               "a log that cannot be opened changes nothing")


@with_captiond
def test_refused(t, captiond, folder):
    for what, options, status, said in (
            ("a format", ["--access-log-format", "{nothing}"], 64, "{time|"),
            ("a format without fields", ["--access-log-format", "jsn"], 64,
             "jsn"),
            ("a log that cannot be made", ["--log", "/nonexistent/log"], 73,
             "/nonexistent/log"),
            ("an access log", ["--access-log", str(folder)], 73, str(folder)),
            ("a slow log", ["--slow-log", "/nonexistent/log"], 73,
             "/nonexistent/log")):
        result = subprocess.run(
            [*captiond.arguments(), *options], capture_output=True, text=True,
            timeout=sites.DEADLINE_S)
        t.equal(result.returncode, status, f"{what} is refused")
        t.contains(result.stderr, said, f"{what}: it says why")
    captiond.log.touch()


if __name__ == "__main__":
    tap.run(Site(), test_answers, test_times, test_without_an_answer,
            test_victims, test_no_query, test_hostile_bytes, test_slow,
            test_rotation, test_syslog, test_file, test_reload, test_refused)
