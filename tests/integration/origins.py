"""Origins for captiond to fetch from, in a network of the test's own: public
addresses on loopback, names by a DNS server that can change its mind, and
servers that answer as a test tells them."""

import contextlib
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading

import sites

INSIDE = "CAPTIOND_TEST_NAMESPACE"
# Public by IANA's registries, and here nobody's but ours.
FIRST, SECOND, THIRD = "11.0.0.1", "11.0.0.2", "11.0.0.3"
SIX = "2600::1"
RESOLVER = "127.0.0.53"


def enter_namespace():
    """Starts this program again in namespaces of its own. Returns why that is
    not possible; None: it is inside."""
    if os.environ.get(INSIDE):
        return None
    for program in ("unshare", "ip", "openssl"):
        if not shutil.which(program):
            return f"{program} is not installed"
    unshare = ["unshare", "--net", "--mount", "--"]
    tried = subprocess.run([*unshare, "true"], capture_output=True, text=True)
    if tried.returncode != 0:
        return f"no namespaces here: {tried.stderr.strip()}"
    os.environ[INSIDE] = "1"
    os.execvp("unshare", [*unshare, sys.executable, *sys.argv])


def _cover(path, text, folder):
    """Another text in a file's place, for this mount namespace alone."""
    path = pathlib.Path(path).resolve()
    beside = folder / path.name
    beside.write_text(text)
    if not path.exists():
        raise RuntimeError(f"{path} is not there to be covered")
    subprocess.run(["mount", "--bind", beside, path], check=True)


def set_up_network(folder):
    for command in (
            "link set lo up", f"addr add {FIRST}/32 dev lo",
            f"addr add {SECOND}/32 dev lo", f"addr add {THIRD}/32 dev lo",
            f"-6 addr add {SIX}/128 dev lo nodad"):
        subprocess.run(["ip", *command.split()], check=True)
    _cover("/etc/resolv.conf",
           f"nameserver {RESOLVER}\noptions timeout:1 attempts:2\n", folder)
    _cover("/etc/hosts", "127.0.0.1 localhost\n", folder)
    _cover("/etc/nsswitch.conf", "hosts: files dns\n", folder)


class Names(threading.Thread):
    """A DNS server for A and AAAA. `records` has a list of answers for a name,
    each a list of addresses; the last one stays."""

    def __init__(self):
        super().__init__(daemon=True)
        self.records = {}
        self.asked = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((RESOLVER, 53))

    def run(self):
        while True:
            try:
                query, peer = self.socket.recvfrom(2048)
            except OSError:
                return
            with contextlib.suppress(OSError):
                self.socket.sendto(self.answer(query), peer)

    def answer(self, query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += query[at] + 1
        kind, = struct.unpack(">H", query[at + 1:at + 3])
        question = query[12:at + 5]
        name = ".".join(labels).lower()
        self.asked.append(name)
        found = [data for data in self.addresses(name, kind)]
        code = 0 if name in self.records else 3
        return query[:2] + struct.pack(
            ">HHHHH", 0x8180 | code, 1, len(found), 0, 0) + question + b"".join(
                b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 0, len(data)) + data
                for data in found)

    def addresses(self, name, kind):
        family = {1: socket.AF_INET, 28: socket.AF_INET6}.get(kind)
        answers = self.records.get(name, [[]])
        now = answers[0]
        # Both families are asked for: the change comes with the next A.
        if kind == 1 and len(answers) > 1:
            answers.pop(0)
        for address in now:
            if family == (socket.AF_INET6 if ":" in address
                          else socket.AF_INET):
                yield socket.inet_pton(family, address)


class Request:
    def __init__(self, raw):
        self.raw = raw
        head = raw.decode("latin-1").split("\r\n")
        self.line = head[0]
        self.target = head[0].split(" ")[1] if " " in head[0] else ""
        self.path = self.target.partition("?")[0]
        self.headers = {}
        for line in head[1:]:
            name, _, value = line.partition(":")
            self.headers[name.lower()] = value.strip()


class Server:
    """Answers each request on a connection of its own by what `answers` has
    for its path: bytes, or a function of the connection and the request. All
    that came in is in `seen`."""

    def __init__(self, address, port, answers, context=None):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.answers = answers
        self.context = context
        self.seen = []
        self.connections = 0
        self.listener = socket.create_server((address, port), family=family,
                                             backlog=64)
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(connection,),
                             daemon=True).start()

    def serve(self, connection):
        connection.settimeout(20)
        # The other side may leave at any time: it is meant to.
        with contextlib.suppress(OSError, ValueError):
            if self.context:
                connection = self.context.wrap_socket(connection,
                                                      server_side=True)
            raw = b""
            while b"\r\n\r\n" not in raw:
                piece = connection.recv(65536)
                if not piece:
                    break
                raw += piece
            if not raw:
                return
            request = Request(raw)
            self.seen.append(request)
            answer = self.answers.get(request.path, reply(404, b"nothing"))
            if callable(answer):
                answer(connection, request)
            else:
                connection.sendall(answer)
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()

    def targets(self, path):
        return [request.target for request in self.seen
                if request.path == path]

    def stop(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def reply(status, body=b"", kind="image/png", **headers):
    lines = [f"HTTP/1.1 {status} Whatever", "Connection: close"]
    if kind:
        lines.append(f"Content-Type: {kind}")
    if "content_length" not in headers:
        lines.append(f"Content-Length: {len(body)}")
    lines += [f"{name.replace('_', '-')}: {value}"
              for name, value in headers.items()]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def make_certificates(folder, *names):
    """A certificate authority's file, and one certificate for the names with
    its key."""
    def openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True,
                       capture_output=True, cwd=folder)

    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-nodes", "-days", 2, "-subj",
            "/CN=test authority", "-keyout", "ca.key", "-out", "ca.pem")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-subj", f"/CN={names[0]}", "-keyout", "server.key",
            "-out", "server.csr")
    (folder / "names").write_text(
        "subjectAltName=" + ",".join(f"DNS:{name}" for name in names))
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey",
            "ca.key", "-CAcreateserial", "-days", 2, "-extfile", "names",
            "-out", "server.pem")
    return folder / "ca.pem", folder / "server.pem", folder / "server.key"


class World:
    """A site whose origins are `text`, in a network of its own. What clients
    were answered is in `answers`."""

    def __init__(self, *options):
        self.options = options
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="captiond-origins-"))
        self.undo = contextlib.ExitStack()
        self.undo.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.file = self.folder / "origins"
        self.answers = []
        self.servers = []

    def write(self, text):
        self.file.write_text(text)
        self.file.chmod(0o600)

    def __enter__(self):
        with self.undo.pop_all() as undo:
            set_up_network(self.folder)
            self.names = Names()
            self.names.start()
            self.prepare()
            undo.callback(lambda: [s.stop() for s in self.servers])
            self.site = undo.enter_context(sites.Site(
                "--origins", str(self.file), "-vv", *self.options))
            self.undo = undo.pop_all()
        return self

    def __exit__(self, *what):
        return self.undo.__exit__(*what)

    def prepare(self):
        """Names, servers and the origins' file, before captiond starts."""
        raise NotImplementedError

    def serve(self, address, port, answers, context=None):
        server = Server(address, port, answers, context)
        self.servers.append(server)
        return server

    def ask(self, url, **macro):
        response = self.site.caption(template="custom", background=url, **macro)
        self.answers.append(response)
        return response

    def fetcher(self):
        return [pid for pid in sites.children(self.site.captiond.process.pid)
                # The kernel keeps 15 bytes of a name.
                if sites.command(pid) == "captiond-fetcher"[:15]]

    def pictures(self):
        return self.site.folder / "packs/fetched"

    def packs(self):
        return self.site.folder / "packs/origins"

    def expire(self, **times):
        """What is kept is as old as the file says, once captiond is stopped."""
        for entry in self.pictures().glob("*.entry"):
            text = entry.read_text()
            for name, value in times.items():
                name = name.replace("_", "-")
                text = re.sub(rf"(?m)^{name}=.*$", f"{name}={value}", text)
            entry.write_text(text)
