"""Whatever a client sends is answered, and no worker dies of it."""

import json
import random
import urllib.parse

import sites
import tap

PLAIN = "/caption?template=plain&"


def nested(depth, opening="[", closing="]"):
    return '{"template": "plain", "captions": ' + opening * depth + \
        closing * depth + "}"


# A target and what may come of it.
QUERIES = [
    ("an empty query", "/caption?", 400),
    ("no query", "/caption", 400),
    ("only separators", "/caption?&&&&", 400),
    ("a key without value", PLAIN + "width", 400),
    ("an empty text", PLAIN + "top_text=", 200),
    ("not UTF-8", PLAIN + "top_text=%C3%28", 400),
    ("overlong UTF-8", PLAIN + "top_text=%C0%80", 400),
    ("a surrogate", PLAIN + "top_text=%ED%A0%80", 400),
    ("past Unicode", PLAIN + "top_text=%F4%90%80%80", 400),
    ("raw bytes that are not UTF-8", PLAIN.encode() + b"top_text=\xff\xfe",
     400),
    ("raw UTF-8", (PLAIN + "top_text=ü").encode(), 200),
    ("a noncharacter", PLAIN + "top_text=%EF%BF%BF", (200, 400)),
    ("a NUL", PLAIN + "top_text=%00", 400),
    ("a NUL in a key", PLAIN + "top%00_text=x", 400),
    ("an escape cut short", PLAIN + "top_text=%4", 400),
    ("control characters", PLAIN + "top_text=%01%02%7F", 400),
    ("a template that climbs", "/caption?template=../../../etc/passwd", 404),
    ("a template that is a path", "/caption?template=/etc/passwd", 404),
    ("a template of dots", "/caption?template=..", 404),
    ("a hidden template", "/caption?template=.index", 404),
    ("a template's name too long", "/caption?template=" + "a" * 5000,
     (400, 404)),
    ("a card that climbs", "/templates/%2e%2e%2fplain", 404),
    ("a path that leaves the root", "/templates/%2e%2e%2f%2e%2e%2fx", 400),
    ("a font that climbs", PLAIN + "top_text=x&font=../../x", 404),
    ("a font that is a pattern", PLAIN + "top_text=x&font=*:size=1", 404),
    ("a huge number", PLAIN + "width=" + "9" * 400, 400),
    ("a number with a sign", PLAIN + "width=%2B100", (200, 400)),
    ("a hexadecimal number", PLAIN + "width=0x40", 400),
    ("infinity", PLAIN + "top_text=x&size=inf", 400),
    ("not a number", PLAIN + "top_text=x&size=nan", 400),
    ("a tiny size", PLAIN + "top_text=x&size=0.0001", (200, 400)),
    ("a huge index", PLAIN + "captions[99999999999]=x", 400),
    ("a negative index", PLAIN + "captions[-1]=x", 400),
    ("many keys", PLAIN + "&".join(f"k{i}=1" for i in range(1000)), 400),
    ("the same key often", PLAIN + "&".join(["top_text=x"] * 1000), 400),
    ("deep keys", PLAIN + "captions" + "[0]" * 1000 + "=x", 400),
    ("markup", PLAIN + "top_text=%3Cb%3Ex%3C/b%3E%26%3C", 200),
    ("bidi controls", PLAIN + "top_text=%E2%80%AE" + "abc%E2%81%A6x", 200),
    ("only a joiner", PLAIN + "top_text=%E2%80%8D", 200),
    ("only a space", PLAIN + "top_text=+", (200, 400)),
    ("a private character", PLAIN + "top_text=%EE%80%80", 200),
    ("an unassigned character", PLAIN + "top_text=%F3%A0%80%80", 200),
    ("one long word", PLAIN + "size=fit&top_text=" + "W" * 256, 200),
    ("256 emoji", PLAIN + "top_text=" + "%F0%9F%98%80" * 256, 200),
    ("a tab", PLAIN + "top_text=a%09b", 200),
    ("a tiny picture", PLAIN + "width=1&height=1&top_text=hello", 200),
    ("sixteen areas of no size", PLAIN + "&".join(
        f"captions[{i}][text]=x&captions[{i}][x]=0&captions[{i}][y]=0&"
        f"captions[{i}][w]=0&captions[{i}][h]=0" for i in range(16)),
     (200, 400)),
    ("an angle of many turns", PLAIN + "captions[0][text]=x&"
     "captions[0][valign]=top&captions[0][angle]=1e300", (200, 400)),
]

BODIES = [
    ("nothing", b"", 400),
    ("spaces", b"   ", 400),
    ("not UTF-8", b'{"template": "pl\xff"}', 400),
    ("a byte order mark", b'\xef\xbb\xbf{"template": "plain"}', (200, 400)),
    ("UTF-16", '{"template": "plain"}'.encode("utf-16"), 400),
    ("a NUL", b'{"template": "pl\x00ain"}', 400),
    ("an escaped NUL", b'{"template": "plain", "top_text": "a\\u0000b"}',
     400),
    ("half a surrogate pair",
     b'{"template": "plain", "top_text": "\\ud800"}', (200, 400)),
    ("an escaped pair", b'{"template": "plain", "top_text": '
     b'"\\ud83d\\ude00"}', 200),
    ("depth 8", nested(7).encode(), 400),
    ("depth 9", nested(8).encode(), 400),
    ("depth 20 000", nested(20000).encode(), 400),
    ("deep objects", nested(5000, '{"a":', "}").encode(), 400),
    ("open brackets", b"[" * 60000, 400),
    ("an object that does not end", b'{"template": "plain"', 400),
    ("a comment", b'{"template": "plain" /* */}', 400),
    ("single quotes", b"{'template': 'plain'}", 400),
    ("a trailing comma", b'{"template": "plain",}', 400),
    ("null", b"null", 400),
    ("a number", b"1", 400),
    ("a long number", b'{"template": "plain", "width": ' + b"1" * 5000 +
     b"}", 400),
    ("a number past double", b'{"template": "plain", "width": 1e999}', 400),
    ("minus zero", b'{"template": "plain", "width": -0}', 400),
    ("half a pixel", b'{"template": "plain", "width": 10.5}', 400),
    ("a width that is true", b'{"template": "plain", "width": true}', 400),
    ("a template that is null", b'{"template": null}', 400),
    ("a template with a NUL and more",
     b'{"template": "plain\\u0000.png"}', 400),
    ("many keys", json.dumps({f"k{i}": 1 for i in range(4000)}).encode(),
     400),
    ("a long key", json.dumps({"k" * 60000: 1}).encode(), 400),
    ("many captions", json.dumps(
        {"template": "plain", "captions": ["x"] * 10000}).encode(), 400),
    ("64 KiB of text", json.dumps(
        {"template": "plain", "top_text": "x" * 65000}).encode(), 400),
    ("a second value", b'{"template": "plain"}x', 400),
    ("an upload", b"\x89PNG\r\n\x1a\n" + bytes(1000), 415),
]


def answered(t, response, statuses, what):
    if not isinstance(statuses, tuple):
        statuses = (statuses,)
    good = response.status in statuses and (
        response.status == 200 or bool(response.error()))
    t.ok(good, f"{what}: {response.status}",
         f"{response.status} {response.body[:300]!r}")


def test_bad_queries(t, site):
    for what, target, statuses in QUERIES:
        answered(t, site.get(target), statuses, what)


def test_bad_bodies(t, site):
    for what, body, statuses in BODIES:
        content_type = None if statuses == 415 else "application/json"
        answered(t, site.post("/caption", body, content_type), statuses,
                 "JSON, " + what)


def test_bad_forms(t, site):
    for what, target, statuses in QUERIES:
        if isinstance(target, str) and target.startswith("/caption?"):
            body = target.partition("?")[2]
            answered(t, site.post("/caption", body,
                                  "application/x-www-form-urlencoded"),
                     statuses, "form, " + what)


def test_errors_show_no_control_bytes(t, site):
    """What a client sent is quoted, never sent back as it is."""
    response = site.get("/caption?template=a%0d%0aX-Evil:%201")
    t.ok(response.headers["X-Evil"] is None, "no header is made of a name")
    response = site.get("/caption?template=%3Cscript%3E")
    t.equal((response.headers["Content-Type"],
             response.headers["X-Content-Type-Options"]),
            ("application/json", "nosniff"), "no page is made of a name")
    site.get("/caption?template=a%0aFORGED")
    site.get("/nothing\x1b[31m%0aFORGED".encode())
    t.ok(not any(line.startswith("FORGED") for line in
                 site.captiond.log.read_text().splitlines()),
         "no line of the log is forged")


def test_random(t, site):
    """Requests that nobody thought of, the same ones each time."""
    chance = random.Random(2)
    keys = ["template", "top_text", "width", "captions", "captions[0]",
            "captions[0][text]", "size", "color", "format", "quality", ""]
    values = ["plain", "x", "-1", "1e9", "fit", "[", "]", "%", "null", "ü",
              "\u202e", "#fff", "rgb(", "9" * 50, "\n", "😀" * 9]
    strange = 0
    for _ in range(300):
        pairs = [(chance.choice(keys), chance.choice(values))
                 for _ in range(chance.randrange(6))]
        target = "/caption?template=plain&" + "&".join(
            f"{urllib.parse.quote(key, safe='[]')}={urllib.parse.quote(value)}"
            for key, value in pairs)
        strange += site.get(target).status not in (200, 400, 404)
        body = bytearray(json.dumps(
            {"template": "plain", **dict(pairs)}).encode())
        for _ in range(chance.randrange(3)):
            body[chance.randrange(len(body))] = chance.randrange(256)
        strange += site.post("/caption", bytes(body)).status not in (
            200, 400, 404, 415)
    t.equal(strange, 0, "600 strange requests, each with an answer")


def test_pool_went_on(t, site):
    t.equal(set(site.captiond.workers()), site.workers_at_start,
            "the workers are those of the start")
    t.equal(site.get(PLAIN + "top_text=x").status, 200, "and they serve")


class Watched(sites.Site):
    """A site that remembers its first workers."""

    def __enter__(self):
        super().__enter__()
        self.workers_at_start = set(self.captiond.workers())
        return self


if __name__ == "__main__":
    tap.run(Watched(), test_bad_queries, test_bad_bodies, test_bad_forms,
            test_errors_show_no_control_bytes, test_random,
            test_pool_went_on)
