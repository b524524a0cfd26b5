"""caption get with a key, before a server that notes what it is sent and may
redirect; the key must reach the server and nobody else."""

import contextlib
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading
import urllib.parse

import client
import pictures
import sites
import tap

KEY = "s3cret key&=+%/ü"
ENCODED = "s3cret%20key%26%3d%2b%25%2f%c3%bc"
PICTURE = pictures.plain(8, 8, (1, 2, 3))


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, body=b""):
        # libcurl's versions differ in the case of what they escape.
        target = re.sub("%..", lambda escape: escape[0].lower(), self.path)
        self.server.seen.append((self.command, target, body))
        path, _, _ = self.path.partition("?")
        status, headers, data = self.server.answers.get(
            path, (200, {"Content-Type": "image/png"}, PICTURE))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(data)

    def do_GET(self):
        self.answer()

    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers["Content-Length"])))

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen, self.answers = [], {}
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def says(self, path, status, data=b"", **headers):
        self.answers[path] = (status, {
            name.replace("_", "-"): value for name, value in headers.items()},
            data)

    def take(self):
        seen, self.seen[:] = list(self.seen), []
        return seen


class Setting:
    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="captiond-test-"))
        self.key = self.folder / "key"
        self.key.write_text(KEY + "\n# not the key\n")
        self.key.chmod(0o600)
        self.server, self.other = Server(), Server()
        return self

    def __exit__(self, *_):
        for server in (self.server, self.other):
            server.shutdown()
            server.server_close()
        shutil.rmtree(self.folder)

    def get(self, *arguments, server=None, **options):
        return client.run(self.folder, "get", "z{a}", "--server",
                          self.server.url if server is None else server,
                          *arguments, **options)

    def with_key(self, *arguments, **options):
        return self.get("--key-file", self.key, *arguments, **options)


def test_key_is_merged(t, s):
    t.equal(s.get().out, PICTURE, "without a key")
    t.equal(s.server.take()[0][1], "/caption?template=z&bottom_text=a",
            "the macro is the query")
    for server, target in (
            ("", f"/caption?template=z&bottom_text=a&key={ENCODED}"),
            ("/img/?t=%20+1#f",
             f"/img/caption?t=%20+1&template=z&bottom_text=a&key={ENCODED}"),
            ("?key=own", "/caption?key=own&template=z&bottom_text=a")):
        t.equal(s.with_key(server=s.server.url + server).out, PICTURE,
                f"with a key, server{server}")
        t.equal(s.server.take()[0][1], target, "it is merged into the query")
    s.with_key("--key-name", "to ken")
    t.contains(s.server.take()[0][1], f"&to%20ken={ENCODED}", "by its name")
    long = client.run(s.folder, "get", "z" + ("{" + "ж" * 250 + "}") * 8,
                      "--server", s.server.url, "--key-file", s.key)
    method, target, body = s.server.take()[0]
    t.equal((long.out, method, target), (PICTURE, "POST",
                                         f"/caption?key={ENCODED}"),
            "a long macro is posted, the key in the query all the same")
    t.ok(body.startswith(b"template=z&") and b"key=" not in body,
         "and not in the form")


def secret_free(t, ended, what):
    text = ended.error + ended.out.decode("latin-1")
    t.ok("s3cret" not in text, f"{what}: no key is shown", text)


def test_redirections(t, s):
    port = s.other.server_port
    s.server.says("/hop/caption", 302, Location="/there?x=1")
    t.equal(s.with_key(server=s.server.url + "/hop").out, PICTURE,
            "the same host is followed")
    t.equal([target for _, target, _ in s.server.take()],
            [f"/hop/caption?template=z&bottom_text=a&key={ENCODED}",
             f"/there?x=1&key={ENCODED}"], "with the key")
    for location in (f"http://127.0.0.1:{port}/x", f"//127.0.0.1:{port}/x",
                     f"http://localhost:{port}/x",
                     f"http://localhost:{s.server.server_port}/x",
                     f"https://127.0.0.1:{s.server.server_port}/x",
                     f"http://u:p@127.0.0.1:{s.server.server_port}/x",
                     "file:///etc/passwd", "gopher://127.0.0.1/x",
                     f"http://127.0.0.1:{port}/x?key={ENCODED}"):
        s.server.says("/away/caption", 302, Location=location)
        ended = s.with_key(server=s.server.url + "/away")
        client.failed(t, ended, client.PROTOCOL, "302: ",
                      f"not followed: {location.split('?')[0]}")
        secret_free(t, ended, "there")
    t.equal(s.other.take(), [], "nobody else was asked")
    s.server.take()
    s.server.says("/loop/caption", 302, Location="/loop/caption")
    client.failed(t, s.with_key(server=s.server.url + "/loop"),
                  client.PROTOCOL, "redirected more than 5 times", "a loop ends")
    t.equal(len(s.server.take()), 6, "after six requests")
    s.server.says("/no/caption", 302)
    client.failed(t, s.with_key(server=s.server.url + "/no"), client.PROTOCOL,
                  "302: ", "a redirection to nowhere")


def test_errors(t, s):
    for status, exit_status in ((400, client.DATA), (401, client.NO_PERMISSION),
                                (403, client.NO_PERMISSION),
                                (404, client.NO_INPUT), (414, client.DATA),
                                (429, client.TEMPORARY),
                                (500, client.UNAVAILABLE),
                                (503, client.TEMPORARY),
                                (504, client.TEMPORARY),
                                (418, client.PROTOCOL)):
        s.server.says("/e/caption", status, json.dumps(
            {"error": f"because of {KEY}\n\x1b[2J", "status": status}).encode())
        ended = s.with_key(server=s.server.url + "/e")
        client.failed(t, ended, exit_status,
                      f"{status}: because of (key)\\x0a\\x1b[2J",
                      f"{status} is told, escaped")
        secret_free(t, ended, f"{status}")
    quoted = urllib.parse.quote(KEY, safe="")
    s.server.says("/e/caption", 400, json.dumps(
        {"error": f"no key={quoted}, please"}).encode())
    ended = s.with_key(server=s.server.url + "/e")
    client.failed(t, ended, client.DATA, "400: a message that has the key",
                  "the key encoded is not shown either")
    secret_free(t, ended, "encoded")
    for data in (b"", b"<html>", b'{"error": 5}', b"[]", b"\xff" * 1000,
                 b'{"error": "' + b"a" * 5000 + b'"}'):
        s.server.says("/e/caption", 500, data)
        ended = s.get(server=s.server.url + "/e")
        client.failed(t, ended, client.UNAVAILABLE, "500: ",
                      f"500 with {data[:12]!r}")
        t.ok(len(ended.error) < 600, "the message is short")
    s.server.says("/e/caption", 200, b"<html>", Content_Type="text/html")
    client.failed(t, s.get("-o", s.folder / "no", server=s.server.url + "/e"),
                  client.PROTOCOL, "no picture but 'text/html'", "no picture")
    t.ok(not (s.folder / "no").exists(), "and no file is left")
    gone = Server()
    gone.shutdown()
    gone.server_close()
    ended = s.with_key(server=gone.url)
    client.failed(t, ended, client.UNAVAILABLE,
                  f"cannot ask '127.0.0.1:{gone.server_port}'", "nobody there")
    secret_free(t, ended, "nobody there")


def test_the_key_file(t, s):
    s.server.take()
    ended = s.get("--key-file", s.folder / "none")
    client.failed(t, ended, client.NO_INPUT, "cannot read the key", "no file")
    s.key.chmod(0o644)
    client.failed(t, s.with_key(), client.NO_INPUT, "cannot read the key",
                  "a file that others may read is refused")
    s.key.chmod(0o600)
    empty = s.folder / "empty"
    empty.write_text("\n")
    empty.chmod(0o600)
    client.failed(t, s.get("--key-file", empty), client.DATA, "is empty",
                  "an empty one too")
    t.equal(s.server.take(), [], "no request was sent")


def test_the_key_is_not_in_argv(t, s):
    """While the server makes it wait, nothing of it is in /proc."""
    arrived, held = threading.Event(), threading.Event()
    s.server.says("/slow/caption", 200, PICTURE, Content_Type="image/png")
    plain = Handler.answer

    def slow(self, body=b""):
        arrived.set()
        held.wait(sites.DEADLINE_S)
        plain(self, body)
    Handler.answer = slow
    with subprocess.Popen(
            [str(client.CAPTION), "get", "z{a}", "--server",
             s.server.url + "/slow", "--key-file", str(s.key)],
            stdout=subprocess.DEVNULL, env={**os.environ, **client.QUIET}) as process:
        arrived.wait(sites.DEADLINE_S)
        for name in ("cmdline", "environ"):
            text = pathlib.Path(f"/proc/{process.pid}/{name}").read_bytes()
            t.ok(b"s3cret" not in text, f"no key in its {name}")
        held.set()
    Handler.answer = plain
    t.equal(process.returncode, 0, "and it ends well")


def test_usage(t, s):
    for server in ("127.0.0.1", "ftp://h", "http://u:s3cret@h/", ""):
        ended = s.get(server=server)
        client.failed(t, ended, client.USAGE, "--server",
                      f"'{server}' is no server")
        secret_free(t, ended, "there")
    client.failed(t, client.run(s.folder, "get", "z"), client.USAGE,
                  "--server URL expected", "no server")
    client.failed(t, s.get("--timeout", "0x"), client.USAGE, "0x",
                  "a timeout that is no number")
    client.failed(t, s.get("--timeout", "4000"), client.USAGE, "1 to 3600",
                  "one that is too long")


if __name__ == "__main__":
    tap.run(Setting(), test_key_is_merged, test_redirections, test_errors,
            test_the_key_file, test_the_key_is_not_in_argv, test_usage)
