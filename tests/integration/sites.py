"""captiond behind nginx for one test program: in a temporary folder, on
loopback, bounded in time, ended by process id."""

import contextlib
import ctypes
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

import fastcgi
import pictures

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path.cwd()
CAPTIOND = BUILD / "fcgi/captiond"
FONTS = BUILD / "tests/fonts"       # drawn by make check, none of the system's
PAGES = SOURCE / "deploy/error-pages"
DEADLINE_S = 60     # for anything that must happen; sanitizers are slow

# make check sets these for all tests; here for one started by hand.
os.environ.setdefault("LSAN_OPTIONS",
                      f"suppressions={SOURCE}/tests/lsan.supp")

# In front of each server: where a test is killed, it ends too.
TIED = ["setpriv", "--pdeathsig", "TERM"]

REPORT = re.compile(r"(Address|Leak|UndefinedBehavior)Sanitizer|runtime error:")


def wait_for(condition, what, seconds=DEADLINE_S):
    """The condition's first true value; raises past the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


def children(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except FileNotFoundError:
        return []
    return [int(child) for child in text.split()]


def command(pid):
    """What a process is called, cut at 15 bytes; empty where it has ended, as a
    zombie has. Not its program's path, which only root may ask of one that is
    not dumpable."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    name, _, state = text.partition("(")[2].rpartition(") ")
    return "" if state.startswith("Z") else name


def is_running(pid, name):
    """Whether it is a process of captiond's of that name, and no zombie."""
    return command(pid) == name


def freeze(pid):
    """Stops a process for good, and its parent is not told. False where no
    process may do that to another."""
    attach = 16
    if ctypes.CDLL(None).ptrace(attach, pid, None, None) != 0:
        return False
    os.waitpid(pid, os.WUNTRACED)
    return True


def bury(pid):
    """One that was frozen, and then killed: before us its parent can't."""
    os.waitpid(pid, 0)


def end(process, how=signal.SIGTERM):
    """Ends a process that a test started, and returns its status."""
    if process.poll() is None:
        process.send_signal(how)
    try:
        return process.wait(DEADLINE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


class Captiond:
    """The daemon. Its log is at .log, its socket at .socket."""

    def __init__(self, folder, *options):
        self.folder = folder
        self.socket = folder / "captiond.sock"
        self.templates = folder / "templates"
        self.log = folder / "captiond.log"
        self.options = options
        self.process = None
        self.templates.mkdir(exist_ok=True)

    def arguments(self, listen=True):
        result = [str(CAPTIOND), "--templates", str(self.templates),
                  "--packs", str(self.folder / "packs"),
                  "--fonts", str(FONTS / "site"), "--default-fonts", "Block",
                  "--fallback-fonts", str(FONTS / "fallback"), *self.options]
        if "--workers" not in self.options:
            result += ["--workers", "2"]
        return result + (["--listen", f"unix:{self.socket}"] if listen else [])

    def start(self, prefix=(), listen=True, **popen):
        (self.folder / "packs").mkdir(exist_ok=True)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*TIED, *prefix, *self.arguments(listen)], stderr=log, stdout=log,
                **popen)
        wanted = {path.stem for path in self.templates.iterdir()
                  if path.suffix != ".json"}
        wait_for(lambda: wanted <= self.names(), f"templates {wanted}")

    def names(self):
        """What /templates lists; nothing while nobody answers."""
        if self.process.poll() is not None:
            raise RuntimeError(f"captiond ended with {self.process.poll()}: "
                               f"{self.log.read_text()[-1500:]}")
        try:
            return set(json.loads(self.ask("/templates").body))
        except (OSError, ValueError):
            return set()

    def ask(self, target, **kwargs):
        return fastcgi.ask(self.socket, target, **kwargs)

    def workers(self):
        return [pid for pid in children(self.process.pid)
                if is_running(pid, "captiond-worker")]

    def stop(self, how=signal.SIGTERM):
        if self.process is None:
            return None
        status = end(self.process, how)
        self.process = None
        report = REPORT.search(self.log.read_text(errors="replace"))
        if report:
            raise RuntimeError(self.log.read_text(errors="replace")[-4000:])
        return status


class Nginx:
    """The shipped configuration, its site values filled in."""

    def __init__(self, folder, backend, cache=True, pages=PAGES, changes=None):
        self.folder = folder / "nginx"
        self.folder.mkdir()
        # nginx is given the socket, so no port is free and then taken.
        # Not blocking: nginx takes it for one that another nginx has set up.
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.listener.setblocking(False)
        self.port = self.listener.getsockname()[1]
        configuration = (SOURCE / "deploy/nginx/captiond.conf").read_text()
        for old, new in (
                ("unix:/run/captiond/captiond.sock", f"unix:{backend}"),
                ("/var/cache/nginx-captiond", "cache"),
                ("default captiond_pictures;",
                 "default captiond_pictures;" if cache else "default off;"),
                ("127.0.0.1:8080", f"127.0.0.1:{self.port}"),
                ("/var/log/nginx/captiond.log", "access.log"),
                ("/var/log/nginx/captiond-error.log", "error.log"),
                *(changes or {}).items(),
                ("/usr/local/share/captiond/error-pages",
                 f'"{pages}"')):
            assert old in configuration, old
            configuration = configuration.replace(old, new)
        (self.folder / "captiond.conf").write_text(configuration)
        shutil.copy(SOURCE / "deploy/nginx/nginx.conf", self.folder)
        self.process = None

    def start(self):
        user = " user root;" if os.geteuid() == 0 else ""
        inherited = self.listener.fileno()
        self.process = subprocess.Popen(
            [*TIED, "nginx", "-p", f"{self.folder}/", "-c", "nginx.conf",
             "-e", "error.log", "-g", "daemon off;" + user],
            env={**os.environ, "NGINX": f"{inherited};"},
            pass_fds=[inherited], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        wait_for(lambda: (self.folder / "nginx.pid").exists()
                 or self.process.poll() is not None, "nginx")
        if self.process.poll() is not None:
            raise RuntimeError((self.folder / "error.log").read_text())

    def stop(self):
        if self.process is not None:
            end(self.process, signal.SIGQUIT)
        self.process = None
        self.listener.close()

    def last_log(self, request_id):
        """The fields of a request's line in the access log."""
        def line():
            for text in reversed(
                    (self.folder / "access.log").read_text().splitlines()):
                fields = text.split(" ")
                if fields[1] == request_id:
                    return fields
            return None
        return wait_for(line, f"a log line of {request_id}")


class Response:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body)

    def error(self):
        """The message of an error answer; empty where there is none."""
        try:
            return self.json().get("error", "")
        except (ValueError, AttributeError):
            return ""


class Site:
    """captiond with templates, behind nginx. `plain` (PNG 320x240), `sheer`
    (PNG with alpha), `dot` (GIF) are there from the start. nginx: what is
    changed in its configuration. pages: a copy of the error pages, at .pages,
    for both servers."""

    def __init__(self, *options, cache=True, nginx=None, pages=False):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="captiond-test-"))
        self.undo = contextlib.ExitStack()
        self.undo.callback(shutil.rmtree, self.folder, ignore_errors=True)
        with self.undo.pop_all() as undo:
            self.pages = PAGES
            if pages:
                self.pages = self.folder / "pages"
                shutil.copytree(PAGES, self.pages)
                options += ("--error-pages", str(self.pages))
            self.captiond = Captiond(self.folder, *options)
            self.nginx = Nginx(self.folder, self.captiond.socket, cache,
                               self.pages, nginx)
            self.templates = self.captiond.templates
            self.undo = undo.pop_all()

    def __enter__(self):
        with self.undo.pop_all() as undo:
            undo.callback(self.captiond.stop)
            undo.callback(self.nginx.stop)
            for name, data in (
                    ("plain.png", pictures.plain(320, 240, (40, 90, 160))),
                    ("sheer.png", pictures.png(
                        100, 80, lambda x, y: (200, 30, 60, 2 * x))),
                    ("dot.gif", pictures.gif(64, 48, (10, 120, 40)))):
                (self.templates / name).write_bytes(data)
            self.captiond.start()
            self.nginx.start()
            self.undo = undo.pop_all()
        return self

    def __exit__(self, *what):
        return self.undo.__exit__(*what)

    def put(self, name, data):
        """A picture appears in the template folder at once, as by mv."""
        beside = self.folder / "incoming"
        beside.write_bytes(data)
        beside.replace(self.templates / name)

    def request(self, method, target, headers=(), body=b""):
        """target is sent as it is, whatever bytes it has."""
        if isinstance(target, str):
            target = target.encode()
        lines = [method.encode() + b" " + target + b" HTTP/1.1",
                 b"Host: captiond.test", b"Connection: close"]
        lines += [f"{name}: {value}".encode("latin-1")
                  for name, value in dict(headers).items()]
        if body:
            lines.append(b"Content-Length: %d" % len(body))
        with socket.create_connection(("127.0.0.1", self.nginx.port),
                                      DEADLINE_S) as connection:
            connection.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + body)
            answer = http.client.HTTPResponse(connection, method=method)
            answer.begin()
            return Response(answer.status, answer.headers, answer.read())

    def get(self, target, **headers):
        """headers: if_none_match='…' is If-None-Match."""
        return self.request("GET", target, {
            name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, target, body, content_type="application/json"):
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        headers = {"Content-Type": content_type} if content_type else {}
        return self.request("POST", target, headers, body)

    def caption(self, **macro):
        return self.get("/caption?" + query(macro))


def query(macro):
    """A macro in its query form: nested keys, null as the empty string."""
    def flatten(name, value):
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from flatten(f"{name}[{key}]" if name else key, inner)
        elif isinstance(value, list) and name.startswith("captions"):
            for index, inner in enumerate(value):
                yield from flatten(f"{name}[{index}]", inner)
        else:
            yield name, "" if value is None else str(value)
    return "&".join(
        f"{urllib.parse.quote(name, safe='[]')}={urllib.parse.quote(value)}"
        for name, value in flatten("", macro))
