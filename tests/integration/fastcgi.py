"""A FastCGI client of raw records (FastCGI Specification 1.0), so that a test
can stop in the middle of one."""

import socket
import struct

BEGIN_REQUEST, ABORT_REQUEST, END_REQUEST, PARAMS, STDIN, STDOUT, STDERR = \
    range(1, 8)
RESPONDER = 1


def record(kind, content=b"", request_id=1):
    return struct.pack(">BBHHBx", 1, kind, request_id, len(content), 0) + content


def begin(keep=False):
    return record(BEGIN_REQUEST, struct.pack(">HB5x", RESPONDER, keep))


def pair(name, value):
    lengths = b"".join(
        struct.pack(">B", n) if n < 128 else struct.pack(">I", n | 1 << 31)
        for n in (len(name), len(value)))
    return lengths + name + value


def params(**values):
    """The PARAMS stream, closed."""
    content = b"".join(pair(name.encode(), value.encode("latin-1"))
                       for name, value in values.items())
    return stream(PARAMS, content)


def stream(kind, content):
    pieces = [content[i:i + 65535] for i in range(0, len(content), 65535)]
    return b"".join(record(kind, piece) for piece in pieces) + record(kind)


def request(target, method="GET", body=b"", **headers):
    """All the bytes of a request, as nginx would send it."""
    return begin() + params(
        REQUEST_METHOD=method, REQUEST_URI=target,
        CONTENT_LENGTH=str(len(body)) if body else "", **headers) + \
        stream(STDIN, body)


class Answer:
    def __init__(self, stdout):
        head, _, self.body = stdout.partition(b"\r\n\r\n")
        self.headers = {}
        for line in head.decode("latin-1").split("\r\n"):
            name, _, value = line.partition(":")
            self.headers[name.lower()] = value.strip()
        self.status = int(self.headers.get("status", "200").split()[0]) \
            if head else None


def connect(path, timeout=30):
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(timeout)
    connection.connect(str(path))
    return connection


def read_answer(connection):
    """Reads to the end; an Answer whose status is None where nothing came."""
    data = b""
    while True:
        try:
            piece = connection.recv(1 << 16)
        except ConnectionResetError:
            break
        if not piece:
            break
        data += piece
    stdout = b""
    while len(data) >= 8:
        _, kind, _, size, padding = struct.unpack(">BBHHBx", data[:8])
        if kind == STDOUT:
            stdout += data[8:8 + size]
        data = data[8 + size + padding:]
    return Answer(stdout)


def ask(path, target, method="GET", body=b"", timeout=30, **headers):
    with connect(path, timeout) as connection:
        connection.sendall(request(target, method, body, **headers))
        return read_answer(connection)
