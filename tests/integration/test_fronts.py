#!/usr/bin/env python3
"""lighttpd, Apache, Caddy and h2o in front of the same pool: the same answers
as from nginx."""

import http.client
import json
import socket

import fronts
import sites
import tap

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MACRO = json.dumps({"template": "plain", "top_text": "hello"}).encode()
GREETING = "/caption?template=plain&top_text=hello"
LONG = "x" * 20000

# What is the server's own, or the connection's.
COMPARED = ("content-type", "content-length", "etag", "last-modified",
            "cache-control", "retry-after", "allow", "vary", "location",
            "x-content-type-options", "access-control-allow-origin",
            "content-security-policy", "x-request-id")

CASES = (
    ("a picture", "GET", GREETING, {}, b""),
    ("another format", "GET", "/caption.jpg?template=plain&bottom_text=x", {},
     b""),
    ("brackets", "GET", "/caption?template=plain&captions[0][text]=a"
     "&captions[0][valign]=top", {}, b""),
    ("encoded brackets", "GET", "/caption?template=plain"
     "&captions%5B0%5D%5Btext%5D=a&captions%5b0%5d[valign]=top", {}, b""),
    ("UTF-8", "GET", "/caption?template=plain&top_text=%C3%A9%E2%82%AC", {},
     b""),
    ("reserved bytes", "GET", "/caption?template=plain"
     "&top_text=a%26b%3Dc%2Bd+e%25f%23g%2Fh%3Fi?j/k", {}, b""),
    ("bytes that are no UTF-8", "GET", "/caption?template=plain&top_text=%FF",
     {}, b""),
    ("a list", "GET", "/templates", {}, b""),
    ("a trailing slash", "GET", "/templates/", {}, b""),
    ("a card", "GET", "/templates/plain", {}, b""),
    ("an encoded card", "GET", "/templates/%70l%61in", {}, b""),
    ("an encoded slash", "GET", "/templates/a%2Fb", {}, b""),
    ("an encoded percent", "GET", "/templates/a%2525b", {}, b""),
    ("an encoded dot", "GET", "/templates/plain%2Epng", {}, b""),
    ("a blank", "GET", "/templates/plain.png", {}, b""),
    ("the fonts", "GET", "/fonts", {}, b""),
    ("the description", "GET", GREETING, {"Accept": "application/json"}, b""),
    ("no route", "GET", "/nowhere", {}, b""),
    ("no template", "GET", "/caption", {}, b""),
    ("an unknown template", "GET", "/caption?template=nobody", {}, b""),
    ("an unknown key", "GET", "/caption?template=plain&colour=red", {}, b""),
    ("a long query", "GET", GREETING + LONG, {}, b""),
    ("HEAD", "HEAD", GREETING, {}, b""),
    ("HEAD of nothing", "HEAD", "/nowhere", {}, b""),
    ("another method", "DELETE", GREETING, {}, b""),
    ("OPTIONS", "OPTIONS", "/caption", {}, b""),
    ("JSON", "POST", "/caption", JSON, MACRO),
    ("a form", "POST", "/caption", FORM, b"template=plain&top_text=hello"),
    ("JSON in pieces", "POST", "/caption",
     {**JSON, "Transfer-Encoding": "chunked"}, MACRO),
    ("JSON that is none", "POST", "/caption", JSON, b"{\"template\": "),
    ("an empty body", "POST", "/caption", JSON, b""),
    ("a body over the limit", "POST", "/caption", JSON,
     b"{" + b" " * (70 * 1024)),
    ("a strange body", "POST", "/caption", {"Content-Type": "text/plain"},
     b"hello"),
)


def chunks(body, size=7):
    for i in range(0, len(body), size):
        piece = body[i:i + size]
        yield b"%x\r\n%s\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


def ask(port, method, target, headers, body):
    """Status, headers that count, body."""
    lines = [f"{method} {target} HTTP/1.1", "Host: captiond.test",
             "Connection: close", "X-Request-ID: the-same"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if "Transfer-Encoding" in headers:
        body = b"".join(chunks(body))
    elif method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    with socket.create_connection(("127.0.0.1", port),
                                  sites.DEADLINE_S) as connection:
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        answer = http.client.HTTPResponse(connection, method=method)
        answer.begin()
        return answer.status, {
            name: answer.headers.get(name) for name in COMPARED}, answer.read()


def check_cases(t, front, expected):
    for what, *request in CASES:
        got, wanted = ask(front.port, *request), expected[what]
        different = {name: (got[1][name], value)
                     for name, value in wanted[1].items()
                     if got[1][name] != value}
        if what in front.own:
            t.equal(got[0], wanted[0], f"{front.program}: {what}")
            continue
        t.ok(got[0] == wanted[0] and got[2] == wanted[2] and not different,
             f"{front.program}: {what}",
             f"{got[0]} for {wanted[0]}, {len(got[2])} for {len(wanted[2])} "
             f"bytes, {different} {got[2][:200]!r}")


def check_conditions(t, front):
    etag = ask(front.port, "GET", GREETING, {}, b"")[1]["etag"]
    status, headers, body = ask(front.port, "GET", GREETING,
                                {"If-None-Match": etag}, b"")
    t.equal((status, headers["etag"], body), (304, etag, b""),
            f"{front.program}: 304")


def check_busy(t, front, site):
    """No pool to reach."""
    site.captiond.stop()
    status, headers, _ = ask(front.port, "GET", GREETING, {}, b"")
    t.equal(status, 503, f"{front.program}: without a pool it is 503")
    site.captiond.start()
    sites.wait_for(lambda: ask(front.port, "GET", GREETING, {}, b"")[0] == 200,
                   f"{front.program} finds the pool again")
    t.ok(True, f"{front.program}: and 200 when there is one again")


def with_front(kind):
    def test(t, site):
        if not kind.path():
            t.skip(f"{kind.program} is not installed")
            return
        expected = {what: ask(site.nginx.port, *request)
                    for what, *request in CASES}
        front = kind(site.folder, site.captiond.socket)
        try:
            front.start()
            check_cases(t, front, expected)
            check_conditions(t, front)
            check_busy(t, front, site)
        finally:
            front.stop()
    test.__name__ = kind.program
    return test


if __name__ == "__main__":
    tap.run(sites.Site(cache=False), *map(with_front, fronts.ALL))
