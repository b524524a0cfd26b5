"""A hostile origin, names that change their mind, URLs that mean two things:
none reaches what it should not, and none holds the pool."""

import concurrent.futures
import contextlib
import struct
import time
import zlib

import origins
import pictures
import sites
import tap

PICTURE = pictures.plain(40, 30, (90, 90, 90))
MOST_BYTES = 100_000
# Longer than any of them should take, under sanitizers on a busy machine.
SOON_S = 20


def pieces(connection, begin, piece, pause=0.0):
    """Something that does not end by itself."""
    connection.sendall(begin)
    until = time.monotonic() + 30
    while time.monotonic() < until:
        connection.sendall(piece)
        time.sleep(pause)


def endless_body(connection, _):
    pieces(connection, origins.reply(200, content_length=10**12)
           .replace(b"content-length", b"Content-Length"), bytes(65536))


def endless_chunks(connection, _):
    pieces(connection, b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"
           b"Transfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + bytes(4096) +
           b"\r\n")


def endless_until_close(connection, _):
    pieces(connection, b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n",
           bytes(65536))


def endless_headers(connection, _):
    pieces(connection, b"HTTP/1.1 200 OK\r\n", b"X: " + b"x" * 1000 + b"\r\n")


def endless_interim(connection, _):
    pieces(connection, b"", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")


def endless_redirect_body(connection, _):
    pieces(connection, b"HTTP/1.1 302 Found\r\nLocation: /picture.png\r\n\r\n",
           bytes(65536))


def slow_body(connection, _):
    pieces(connection, origins.reply(200, content_length=1000)
           .replace(b"content-length", b"Content-Length"), b"x", 0.2)


def slow_headers(connection, _):
    pieces(connection, b"HTTP/1.1 200 OK\r\nX: ", b"x", 0.2)


def silence(connection, _):
    with contextlib.suppress(OSError):
        connection.recv(1)
    time.sleep(5)


def png_of(width, height, data=b""):
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + \
            struct.pack(">I", zlib.crc32(kind + content))
    return b"\x89PNG\r\n\x1a\n" + chunk(
        b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + \
        chunk(b"IDAT", data) + chunk(b"IEND", b"")


def gzip(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush()


def length(body, claimed):
    return b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n" \
        b"Content-Length: %d\r\n\r\n" % claimed + body


BOMB = gzip(bytes(20_000_000))

# What the origin does, and what the client is told of it.
ANSWERS = {
    "/picture.png": (origins.reply(200, PICTURE), 200),
    "/many.png": (origins.reply(200, bytes(MOST_BYTES + 1)), 415),
    "/endless-body": (endless_body, 415),
    "/endless-chunks": (endless_chunks, 415),
    "/endless-until-close": (endless_until_close, 415),
    "/endless-headers": (endless_headers, 504),
    "/endless-interim": (endless_interim, 504),
    "/endless-redirect": (endless_redirect_body, 200),
    "/slow-body": (slow_body, 504),
    "/slow-headers": (slow_headers, 504),
    "/silence": (silence, 504),
    "/closed": (lambda connection, _: None, 504),
    "/too-short": (length(PICTURE, len(PICTURE) + 1), 504),
    "/too-long": (length(PICTURE, len(PICTURE) - 20), 415),
    "/two-lengths": (length(PICTURE, len(PICTURE)).replace(
        b"\r\n\r\n", b"\r\nContent-Length: 7\r\n\r\n", 1), 415),
    "/no-length-number": (length(PICTURE, 0).replace(
        b"Content-Length: 0", b"Content-Length: -5"), 504),
    "/chunk-number": (b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"
                      b"Transfer-Encoding: chunked\r\n\r\n"
                      b"ffffffffffffffffff\r\nx", 504),
    "/half-chunk": (b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"
                    b"Transfer-Encoding: chunked\r\n\r\nff\r\nx", 504),
    "/gzip-bomb": (origins.reply(200, BOMB, Content_Encoding="gzip"), 415),
    "/gzip-transfer": (
        b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"
        b"Transfer-Encoding: gzip, chunked\r\n\r\n" +
        b"%x\r\n" % len(BOMB) + BOMB + b"\r\n0\r\n\r\n", 415),
    "/gzip-unsaid": (origins.reply(200, BOMB), 415),
    "/huge.png": (origins.reply(200, png_of(65535, 65535)), 415),
    "/huge-full.png": (origins.reply(200, png_of(
        65535, 65535, zlib.compress(bytes(1_000_000)))), 415),
    "/huge.gif": (origins.reply(
        200, b"GIF89a\xff\xff\xff\xff\x80\0\0" + bytes(20), "image/gif"), 415),
    "/torn.png": (origins.reply(200, PICTURE[:60]), 415),
    "/text": (origins.reply(200, b"hello", "text/plain"), 415),
    "/page": (origins.reply(200, b"<html>", "text/html"), 415),
    "/no-type": (origins.reply(200, PICTURE, None), 415),
    "/lie": (origins.reply(200, b"<html>", "image/png"), 415),
    "/empty": (origins.reply(200), 415),
    "/part": (origins.reply(206, PICTURE, Content_Range="bytes 0-9/10"), 504),
    "/unasked-304": (origins.reply(304, kind=None), 504),
    "/no-http": (PICTURE, 504),
    "/http-2": (b"PRI * HTTP/2.0\r\n\r\n", 504),
    "/forbidden": (origins.reply(403), 404),
    "/password": (origins.reply(401, WWW_Authenticate="Basic realm=x"), 404),
    "/gone": (origins.reply(410), 404),
    "/error": (origins.reply(500), 504),
    "/later": (origins.reply(429), 504),
    "/loop": (origins.reply(301, Location="/loop"), 404),
    "/around": (origins.reply(302, Location="http://evil.test/around"), 404),
    "/five/0": (lambda c, r: hop(c, r, 5), 200),
    "/six/0": (lambda c, r: hop(c, r, 6), 404),
    "/no-location": (origins.reply(302), 404),
    "/two-locations": (origins.reply(302, Location="/picture.png").replace(
        b"\r\n\r\n", b"\r\nLocation: http://inside.test/\r\n\r\n", 1), 404),
}
for name in ("five", "six"):
    for number in range(1, 7):
        ANSWERS[f"/{name}/{number}"] = (
            lambda c, r, most=5 if name == "five" else 6: hop(c, r, most), None)

# Where an origin may not lead.
LOCATIONS = {
    "file": "file:///etc/passwd",
    "ftp": "ftp://evil.test/picture.png",
    "gopher": "gopher://inside.test:80/_GET",
    "data": "data:image/png;base64,iVBORw0KGgo=",
    "https": "https://evil.test/picture.png",
    "port": "http://evil.test:81/picture.png",
    "inside": "http://127.0.0.1/secret",
    "number": "http://2130706433/secret",
    "metadata": "http://169.254.169.254/latest/",
    "six": "http://[::1]/secret",
    "mapped": "http://[::ffff:127.0.0.1]/secret",
    "scope": "http://[fe80::1%25lo]/secret",
    "other": "http://unknown.test/picture.png",
    "user": "http://evil.test@inside.test/secret",
    "userinfo": "http://u:p@evil.test/picture.png",
    "backslash": "http://inside.test\\@evil.test/",
    "backslashes": "\\\\inside.test\\secret",
    "slashes": "///inside.test/secret",
    "space": "http://evil.test /picture.png",
    "outside": "http://part.test/public/../secret",
    "encoded": "http://part.test/public/%2e%2e/secret",
}

# And where a client may not send it.
URLS = {
    "http://inside.test@evil.test/picture.png": 400,
    "http://evil.test@inside.test/picture.png": 400,
    "http://user:password@evil.test/picture.png": 400,
    "http://evil.test:80@inside.test/": 400,
    "http://evil.test\\@inside.test/": 400,
    "http:\\\\evil.test\\picture.png": 400,
    "http://evil.test/pic\\ture.png": 400,
    "http://[fe80::1%25lo]/": 400,
    "http://[fe80::1%lo]/": 400,
    "http://[::1]/secret": 400,
    "http://[::ffff:127.0.0.1]/secret": 400,
    "http://127.0.0.1/secret": 400,
    "http://2130706433/secret": 400,
    "http://0x7f000001/secret": 400,
    "http://127.1/secret": 400,
    "http://localhost/secret": 400,
    "http://169.254.169.254/latest/": 400,
    "http://inside.test/secret": 400,
    "http://evil.test:81/picture.png": 400,
    "https://evil.test/picture.png": 400,
    "http://evil.test./picture.png": 400,
    "http://evil.test.inside.test/": 400,
    "http://part.test/secret": 400,
    "http://part.test/public/../secret": 400,
    "http://part.test/public/%2e%2e/secret": 400,
    "http://part.test/public/..%2fsecret": 400,
    "http://part.test/public/%252e%252e%252fsecret": 400,
    "http://part.test/public/..;/secret": 400,
    "file:///etc/passwd": 400,
    "ftp://evil.test/picture.png": 400,
    "//evil.test/picture.png": 400,
    "evil.test/picture.png": 400,
    "/etc/passwd": 400,
    "http://": 400,
    "http:///evil.test/": 400,
    "http://evil.test/a b": 400,
    "http://evil.test/\r\nX: y": 400,
    "http://evil.test/%00": 400,
    "http://evil.test/%0d%0aX:y": 400,
    "http://évil.test/": 400,
    "http://evil.test/" + "x" * 2032: 400,
}


def hop(connection, request, most):
    name, number = request.path.rsplit("/", 1)
    if int(number) == most:
        connection.sendall(origins.reply(200, PICTURE))
    else:
        connection.sendall(origins.reply(
            302, Location=f"{name}/{int(number) + 1}"))


class World(origins.World):
    def prepare(self):
        records = self.names.records
        for name in ("evil.test", "part.test"):
            records[name] = [[origins.FIRST]]
        for name, address in (
                ("loopback.test", "127.0.0.1"), ("private.test", "10.0.0.1"),
                ("link.test", "169.254.169.254"), ("shared.test", "100.64.0.1"),
                ("zero.test", "0.0.0.0"), ("multicast.test", "224.0.0.1"),
                ("six.test", "::1"), ("mapped.test", "::ffff:127.0.0.1"),
                ("nat64.test", "64:ff9b::7f00:1"),
                ("local.test", "fd00::1"), ("inside.test", "127.0.0.1")):
            records[name] = [[address]]
        records["changing.test"] = [[origins.FIRST], ["127.0.0.1"]]
        records["both.test"] = [["127.0.0.1", origins.FIRST]]
        answers = {path: answer for path, (answer, _) in ANSWERS.items()}
        for name, location in LOCATIONS.items():
            answers[f"/to/{name}"] = origins.reply(302, Location=location)
        self.evil = self.serve(origins.FIRST, 80, answers)
        # What must never be reached.
        inside = {"/secret": origins.reply(200, PICTURE),
                  "/picture.png": origins.reply(200, PICTURE)}
        self.inside = [self.serve("127.0.0.1", 80, inside),
                       self.serve("::1", 80, inside),
                       self.serve(origins.FIRST, 81, inside),
                       self.serve(origins.FIRST, 443, inside)]
        inward = ";".join(name for name in records if name not in (
            "evil.test", "part.test", "inside.test"))
        self.write(f"""
[evil]
hosts=evil.test;{inward};unresolved.test
scheme=http
timeout=2
max-bytes={MOST_BYTES}
[part]
hosts=part.test
scheme=http
path=/public/
""")

    def ask_all(self, urls):
        """The answers to all, four at a time, as the pool lets in."""
        def one(url):
            begin = time.monotonic()
            while True:
                answer = self.ask(url)
                # A place is free when an earlier one has its answer.
                if answer.status != 503:
                    return answer, time.monotonic() - begin
                time.sleep(0.1)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            return dict(zip(urls, pool.map(one, urls)))


def test_answers(t, world):
    expected = {path: status for path, (_, status) in ANSWERS.items() if status}
    got = world.ask_all([f"http://evil.test{path}" for path in expected])
    for path, status in expected.items():
        answer, seconds = got[f"http://evil.test{path}"]
        t.ok(answer.status == status and seconds < SOON_S,
             f"{path}: {status}", (answer.status, seconds, answer.body[:200]))


def test_causes(t, world):
    """Each was stopped by what is there to stop it, and not by the clock."""
    log = world.site.captiond.log.read_text()
    for cause in ("headers without end", "more bytes than are allowed",
                  "an encoding that was not asked for",
                  "not an image by its type", "an empty picture",
                  "too many redirects", "304 without being asked",
                  "it takes too long", "no picture there",
                  "a failure of its own"):
        t.contains(log, f"origin 'evil': {cause}", cause)


def test_locations(t, world):
    got = world.ask_all([f"http://evil.test/to/{name}" for name in LOCATIONS])
    for name, location in LOCATIONS.items():
        t.equal(got[f"http://evil.test/to/{name}"][0].status, 404,
                f"a redirect to {location}")


def test_urls(t, world):
    before = len(world.evil.seen)
    got = world.ask_all(list(URLS))
    for url, status in URLS.items():
        t.equal(got[url][0].status, status, f"{url[:60]!r}")
    t.equal(len(world.evil.seen), before, "nothing was fetched for those")


def test_addresses(t, world):
    names = ("loopback", "private", "link", "shared", "zero", "multicast",
             "six", "mapped", "nat64", "local")
    got = world.ask_all([f"http://{name}.test/picture.png" for name in names])
    for name in names:
        t.equal(got[f"http://{name}.test/picture.png"][0].status, 400,
                f"a name that stands for a {name} address")
    t.equal(world.ask("http://unresolved.test/picture.png").status, 504,
            "a name that stands for nothing")
    t.equal(world.ask("http://both.test/picture.png").status, 200,
            "of two addresses the one that is allowed")


def test_rebinding(t, world):
    t.equal(world.ask("http://changing.test/picture.png").status, 200,
            "a name that is public when it is first asked for")
    t.equal(world.ask("http://changing.test/picture.png?again").status, 400,
            "and stands for this host a moment later")
    t.ok(world.names.asked.count("changing.test") >= 2, "was resolved twice")


def test_nothing_inside(t, world):
    t.equal([server.connections for server in world.inside], [0] * 4,
            "nobody inside was connected to")


def test_nothing_told(t, world):
    said = b"".join(answer.body + str(answer.headers).encode()
                    for answer in world.answers if answer.status != 200)
    for word in (b"127.0.0.1", b"11.0.0.1", b"Whatever", b"realm", b"root:",
                 b"<html>", b"hello", b"inside.test"):
        t.ok(word not in said, f"no answer has {word.decode()}")


def test_nothing_left(t, world):
    def is_clean():
        return not [path for path in world.pictures().iterdir()
                    if path.name.endswith(".tmp")]
    sites.wait_for(is_clean, "no half picture")
    kept = {path.name for path in world.pictures().iterdir()
            if path.suffix != ".entry"}
    sites.wait_for(lambda: {path.stem for path in world.packs().iterdir()} ==
                   kept, "packs of what is kept alone")
    t.ok(True, "what was refused leaves no file")
    t.equal(world.site.caption(template="plain").status, 200,
            "and the pool goes on")
    t.ok("killed by signal" not in world.site.captiond.log.read_text(),
         "nobody has died")


def test_room(t, world):
    """The disk has a bound; what is asked for again outlives the rest."""
    def size():
        return sum(path.stat().st_size for folder in
                   (world.pictures(), world.packs())
                   for path in folder.iterdir())
    for number in range(12):
        world.evil.answers[f"/room/{number}"] = origins.reply(
            200, pictures.plain(240, 180, (number, 9, 9)))
    for number in range(12):
        for kept in (0, number):
            answer = world.ask(f"http://evil.test/room/{kept}")
            t.ok(answer.status == 200, f"picture {kept}", answer.body)
    sites.wait_for(lambda: size() <= 2**20 + 8192, "the cache's bound")
    before = len(world.evil.seen)
    world.ask("http://evil.test/room/0")
    t.equal(len(world.evil.seen), before, "what is used is kept")
    world.ask("http://evil.test/room/1")
    t.equal(len(world.evil.seen), before + 1, "what is not is let go")


if __name__ == "__main__":
    why = origins.enter_namespace()
    if why:
        print(f"1..0 # SKIP {why}")
    else:
        tap.run(World("--workers", "8", "--preload", "none", "--origin-cache",
                      "1"), test_answers, test_causes, test_locations, test_urls,
                test_addresses, test_rebinding, test_nothing_inside,
                test_nothing_told, test_room, test_nothing_left)
