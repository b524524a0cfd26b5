"""deploy/run, as a new user has it: what it prints, what it serves, what it
leaves. Builds in build/, without sanitizers."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import urllib.error
import urllib.parse
import urllib.request

import pictures
import sites
import tap

RUN = sites.SOURCE / "deploy/run"
BUILD_S = 900    # the first one builds


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def descendants(pid):
    found = sites.children(pid)
    for child in list(found):
        found += descendants(child)
    return found


def fetch(url, data=None):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, data, timeout=sites.DEADLINE_S) as answer:
        return answer.headers["Content-Type"], answer.read()


class Running:
    """deploy/run until the end of the block."""

    def __init__(self, *options):
        self.port = free_port()
        self.options = options
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = sites.SOURCE / f"build/run/{self.port}"

    def __enter__(self):
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [str(RUN), "--no-install", "--port", str(self.port),
             *map(str, self.options)], start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=self.log, text=True)
        watchdog = threading.Timer(BUILD_S, self.process.kill)
        watchdog.start()
        self.lines = [self.process.stdout.readline() for _ in range(2)]
        watchdog.cancel()
        self.descendants = descendants(self.process.pid)
        return self

    def stop(self, number=signal.SIGTERM):
        """Its status, once it and its own have ended."""
        status = sites.end(self.process, number)
        sites.wait_for(lambda: not any(map(sites.command, self.descendants)),
                       "no process is left", 10)
        return status

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        for pid in self.descendants:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.stdout.close()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def refuses(t, what, words, *options):
    result = subprocess.run(
        [str(RUN), "--no-install", *map(str, options)], text=True,
        capture_output=True, timeout=BUILD_S, stdin=subprocess.DEVNULL)
    t.ok(result.returncode != 0, f"{what} is refused", result.stdout)
    t.contains(result.stderr, words, f"{what} is named")
    t.equal(result.stdout, "", f"{what}: nothing is said to be ready")


def test_refused(t, folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refuses(t, "a taken port", f"port {port} is in use", "--port", port)
    refuses(t, "a port that is none", "'http'", "--port", "http")
    refuses(t, "a port past the last", "'65536'", "--port", "65536")
    refuses(t, "templates that are not there", "nowhere", "--port",
            free_port(), "--templates", folder / "nowhere")
    refuses(t, "fonts that are not there", "nowhere", "--port", free_port(),
            "--fonts", folder / "nowhere")
    refuses(t, "an empty folder", "is empty", "--port", free_port(),
            "--templates", folder)
    refuses(t, "no workers", "'0'", "--workers", "0")
    refuses(t, "an unknown option", "'--ports'", "--ports", "1")
    refuses(t, "an option without value", "--port needs a value", "--port")


def test_serves(t, _):
    with Running() as running:
        t.equal(running.lines[0],
                f"captiond is ready: {running.url}/\n", "it says where")
        sample = running.lines[1].split()[-1]
        kind, body = fetch(sample)
        t.ok(kind.startswith("image/") and pictures.is_whole(body),
             "the URL that it prints is a picture", sample)
        names = json.loads(fetch(running.url + "/templates")[1])
        t.ok(len(names) >= 6, "at least six templates ship", names)
        for name in names:
            texts = urllib.parse.urlencode({
                "template": name, "top_text": "Need a meme?",
                "bottom_text": "Why not Zoidberg?"})
            _, body = fetch(f"{running.url}/caption?{texts}")
            t.ok(pictures.is_whole(body), f"{name} is captioned")
        socket_file = running.folder / "captiond.sock"
        t.ok(socket_file.exists(), "the socket is below build/")
        t.ok(len(running.descendants) >= 4, "nginx, captiond, their own",
             running.descendants)
        t.equal(running.stop(), 0, "TERM ends it with 0")
        t.ok(not socket_file.exists(), "no socket is left")
        t.equal(running.process.stdout.read(), "", "nothing more was printed")
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", running.port)).close()
            t.ok(False, "nobody listens any more")


def test_interrupt(t, _):
    """Ctrl-C, as a terminal sends it: to the whole group."""
    with Running() as running:
        os.killpg(running.process.pid, signal.SIGINT)
        t.equal(running.stop(0), 0, "Ctrl-C ends it with 0")
        t.ok(not (running.folder / "captiond.sock").exists(),
             "no socket is left")


def test_killed(t, _):
    with Running() as running:
        running.stop(signal.SIGKILL)
        t.ok(True, "killed, it leaves no process")


def test_pool_that_ends(t, _):
    """It says so instead of staying without a pool."""
    with Running() as running:
        pool = [pid for pid in sites.children(running.process.pid)
                if sites.command(pid) == "captiond"]
        os.kill(pool[0], signal.SIGKILL)
        status = running.process.wait(sites.DEADLINE_S)
        t.ok(status != 0, "captiond's end is its own", status)
        running.log.seek(0)
        t.contains(running.log.read().decode(), "ended by itself",
                   "and it says so")


def test_options(t, folder):
    for name in ("first one", "b"):
        (folder / f"{name}.png").write_bytes(
            pictures.plain(64, 48, (9, 99, 9)))
    with Running("--templates", folder, "--workers", 3,
                 "--no-cache") as running, Running() as other:
        t.ok(running.lines[0].startswith("captiond is ready") and
             other.lines[0].startswith("captiond is ready"),
             "two run side by side")
        t.equal(fetch(running.url + "/templates")[1], b'["b","first one"]',
                "the given templates and no others")
        workers = [pid for pid in running.descendants
                   if sites.command(pid) == "captiond-worker"]
        t.equal(len(workers), 3, "three workers")
        for _ in range(2):
            fetch(running.url + "/caption?template=b")
        t.ok(not list((running.folder / "nginx/cache").rglob("?" * 32)),
             "--no-cache keeps nothing")
        (folder / "late.png").write_bytes(pictures.plain(8, 8, (1, 2, 3)))
        sites.wait_for(lambda: b"late" in
                       fetch(running.url + "/templates")[1], "late.png")
        t.ok(True, "a picture dropped in is there")


def test_strange_names(t, folder):
    """The first template of the folder makes the sample."""
    for path in folder.iterdir():
        path.unlink()
    (folder / "why & not?.png").write_bytes(pictures.plain(64, 48, (1, 2, 3)))
    with Running("--templates", folder) as running:
        kind, _ = fetch(running.lines[1].split()[-1])
        t.equal(kind, "image/png", "a name that a URL must escape")


def test_writes_below_build(t, _):
    """Beside build/ and what autogen.sh makes nothing has changed."""
    def tree():
        return {path: path.stat().st_mtime_ns
                for path in sites.SOURCE.rglob("*")
                if "build" not in path.relative_to(sites.SOURCE).parts
                and "__pycache__" not in path.parts
                and ".git" not in path.parts and path.is_file()}
    before = tree()
    with Running() as running:
        fetch(running.lines[1].split()[-1])
        running.stop()
    t.equal(tree(), before, "it writes below build/ alone")


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(prefix="captiond-test-") as name:
        yield pathlib.Path(name)


if __name__ == "__main__":
    tap.run(folder(), test_refused, test_serves, test_interrupt, test_killed,
            test_pool_that_ends, test_options, test_strange_names,
            test_writes_below_build)
