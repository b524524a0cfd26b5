"""Statuses, headers and error bodies, as clients see them behind nginx."""

import re

import pictures
import sites
import tap

GREETING = "/caption?template=plain&top_text=hello"
ID = re.compile(r"^[A-Za-z0-9_-]{1,64}$")


def test_pictures(t, site):
    for target, kind, size in (
            ("/caption?template=plain", "png", (320, 240)),
            ("/caption?template=dot", "gif", (64, 48)),
            ("/caption?template=plain&width=100", "png", (100, 75)),
            ("/caption?template=plain&width=640", "png", (640, 480)),
            ("/caption?template=plain&format=jpeg", "jpeg", (320, 240)),
            ("/caption.jpg?template=plain", "jpeg", (320, 240)),
            ("/caption.jpeg?template=plain", "jpeg", (320, 240)),
            ("/caption.png?template=sheer", "png", (100, 80)),
            ("/caption.jpg?template=sheer", "jpeg", (100, 80)),
            ("/caption/?template=plain", "png", (320, 240)),
            ("/templates/plain.png", "png", (320, 240)),
            ("/templates/plain.jpg?width=32", "jpeg", (32, 24))):
        response = site.get(target)
        body = response.body
        t.ok(response.status == 200 and pictures.kind(body) == kind
             and pictures.is_whole(body) and pictures.size(body) == size,
             f"{target} is a {kind} of {size[0]}x{size[1]}",
             f"{response.status} {body[:200]}")
        t.equal((response.headers["Content-Type"],
                 response.headers["Content-Length"]),
                (f"image/{kind}", str(len(body))), f"{target}: its headers")


def test_picture_headers(t, site):
    headers = site.get(GREETING).headers
    t.ok(re.match(r'^"[\x21\x23-\x7e]+"$', headers["ETag"]), "a strong ETag",
         headers["ETag"])
    t.ok(headers["Last-Modified"].endswith(" GMT"), "Last-Modified",
         headers["Last-Modified"])
    for name, value in (
            ("Cache-Control", "public, max-age=86400"),
            ("X-Content-Type-Options", "nosniff"),
            ("Content-Security-Policy", "default-src 'none'; sandbox"),
            ("Access-Control-Allow-Origin", "*"), ("Vary", "Accept"),
            ("X-Accel-Expires", None)):
        t.equal(headers[name], value, f"{name} of a picture")


def test_version(t, site):
    version = site.get("/templates/plain").json()["version"]
    headers = site.get(f"{GREETING}&v={version}").headers
    t.equal(headers["Cache-Control"], "public, max-age=31536000, immutable",
            "the current version is immutable")
    response = site.get(f"{GREETING}&v=0123456789abcdef")
    t.equal((response.status, response.headers["Cache-Control"]),
            (200, "public, max-age=86400"), "another version is not")


def test_conditions(t, site):
    first = site.get(GREETING)
    etag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    for what, headers, status in (
            ("its ETag", {"if_none_match": etag}, 304),
            ("its ETag, weak", {"if_none_match": "W/" + etag}, 304),
            ("its ETag in a list", {"if_none_match": f'"x", {etag}'}, 304),
            ("any ETag", {"if_none_match": "*"}, 304),
            ("another ETag", {"if_none_match": '"x"'}, 200),
            ("its date", {"if_modified_since": modified}, 304),
            ("a later date",
             {"if_modified_since": "Fri, 01 Jan 2100 00:00:00 GMT"}, 304),
            ("an earlier date",
             {"if_modified_since": "Sat, 01 Jan 2000 00:00:00 GMT"}, 200),
            ("a bad date", {"if_modified_since": "yesterday"}, 200),
            ("another ETag and its date", {
                "if_none_match": '"x"', "if_modified_since": modified}, 200)):
        response = site.get(GREETING, **headers)
        t.equal(response.status, status, f"{what}: {status}")
        t.equal(len(response.body), 0 if status == 304 else len(first.body),
                f"{what}: the body")
    t.ok(site.get(GREETING + "!").headers["ETag"] != etag,
         "another text has another ETag")


def test_head(t, site):
    for target in (GREETING, "/templates", "/fonts", "/caption?template=no"):
        head, get = site.request("HEAD", target), site.get(target)
        t.equal((head.status, head.headers["Content-Type"],
                 head.headers["ETag"], head.body),
                (get.status, get.headers["Content-Type"],
                 get.headers["ETag"], b""), f"HEAD {target} is GET's head")


def test_methods(t, site):
    for target, allow in (
            ("/caption", "GET, HEAD, POST, OPTIONS"),
            ("/caption.png", "GET, HEAD, OPTIONS"),
            ("/templates", "GET, HEAD, OPTIONS"),
            ("/templates/plain", "GET, HEAD, OPTIONS"),
            ("/fonts", "GET, HEAD, OPTIONS"),
            ("/stats", "GET, HEAD, OPTIONS")):
        response = site.request("OPTIONS", target)
        t.equal((response.status, response.headers["Allow"], response.body),
                (204, allow, b""), f"OPTIONS {target}")
        t.equal(response.headers["Access-Control-Allow-Origin"], "*",
                f"OPTIONS {target} allows any origin")
        response = site.request("DELETE", target)
        t.equal((response.status, response.headers["Allow"]), (405, allow),
                f"DELETE {target} is 405")
    t.equal(site.post("/templates", {}).status, 405, "POST /templates is 405")
    for method in ("GET", "POST", "DELETE", "OPTIONS"):
        t.equal(site.request(method, "/caption.bogus").status, 404,
                f"{method} of a suffix that is no format is 404")


def test_encoded_routes(t, site):
    """Letters may be encoded; what is not a letter may not change its
    meaning."""
    expected = site.get(GREETING).body
    query = GREETING[len("/caption"):]
    for path, status in (("/%63aption", 200), ("/c%61%70tion", 200),
                         ("/caption%2Epng", 200), ("/caption.p%6Eg", 200),
                         ("/caption%2F", 404), ("%2Fcaption", 400),
                         ("/%2563aption", 404), ("/caption%", 400),
                         ("/caption%6", 400), ("/caption%00", 400),
                         ("/caption%zz", 400)):
        answer = site.get(path + query)
        t.equal(answer.status, status, f"{path} is {status}")
        if status == 200:
            t.equal(answer.body, expected, f"{path}: the same picture")


def test_request_ids(t, site):
    for target in (GREETING, "/nothing", "/stats"):
        response = site.request("GET", target, {"X-Request-ID": "abc-DEF_9"})
        t.equal(response.headers["X-Request-ID"], "abc-DEF_9",
                f"{target}: the client's id comes back")
        for bad in ("", "a b", "x" * 65, 'a"b', "é"):
            response = site.request("GET", target, {"X-Request-ID": bad})
            given = response.headers["X-Request-ID"]
            t.ok(ID.match(given) and given != bad,
                 f"{target}: a fresh id for {bad!r:.20}", given)
    seen = {site.get(GREETING).headers["X-Request-ID"] for _ in range(3)}
    t.equal(len(seen), 3, "each answer from the cache has an id of its own")


def test_errors(t, site):
    long_query = "/caption?template=plain&top_text=" + "a" * 16 * 1024
    for what, response, status, message in (
            ("no such route", site.get("/nothing"), 404, "no such route"),
            ("no such route, at the root", site.get("/"), 404,
             "no such route"),
            ("no such suffix", site.get("/caption.bmp?template=plain"), 404,
             ""),
            ("no such template", site.get("/caption?template=x"), 404,
             "cannot load template `x`: "),
            ("no such card", site.get("/templates/x"), 404, "x"),
            ("no such blank", site.get("/templates/x.png"), 404, "x"),
            ("a path that is not UTF-8", site.get("/templates/%ff"), 400, ""),
            ("a path that is not encoded right", site.get("/templates/%g1"),
             400, ""),
            ("a NUL in the path", site.get("/templates/%00"), 400, ""),
            ("a body of another type",
             site.post("/caption", "template=plain", "text/plain"), 415,
             "application/json"),
            ("a body without type", site.post("/caption", "x=1", None), 415,
             "application/json"),
            ("a query past 16 KiB", site.get(long_query), 414, "16"),
            ("a query past nginx's buffers", site.get(long_query * 3), 414,
             "16 KiB"),
            ("a body past 64 KiB", site.post("/caption", " " * 65537), 413,
             "65536"),
            ("a body past nginx's limit", site.post("/caption", " " * 200000),
             413, "64 KiB"),
            ("headers past nginx's buffers",
             site.get("/fonts", x_large="a" * 40000), 400, "")):
        t.equal(response.status, status, f"{what}: {status}")
        t.equal(response.headers["Content-Type"], "application/json",
                f"{what}: JSON")
        body = response.json()
        t.equal((sorted(body), body["status"], body["request_id"]),
                (["error", "request_id", "status"], status,
                 response.headers["X-Request-ID"]), f"{what}: its fields")
        t.contains(body["error"], message, f"{what}: its message")
    nearly = "/caption?template=plain&top_text=x&v="
    t.equal(site.get(nearly + "a" * (16 * 1024 - len(nearly))).status, 400,
            "a query of 16 KiB is read (and its value refused)")


def test_json_by_first_byte(t, site):
    body = '  {"template": "plain"}'
    for content_type in (None, "application/x-www-form-urlencoded",
                         "text/plain"):
        t.equal(site.post("/caption", body, content_type).status, 200,
                f"a brace first is JSON, whatever {content_type} says")


def test_lists(t, site):
    t.equal(site.get("/templates").json(), ["dot", "plain", "sheer"],
            "/templates is sorted")
    t.equal(site.get("/templates/").json(), ["dot", "plain", "sheer"],
            "with a slash too")
    card = site.get("/templates/plain").json()
    for key, value in (("id", "plain"), ("width", 320), ("height", 240),
                       ("frames", 1), ("format", "png"),
                       ("blank", "/templates/plain.png")):
        t.equal(card.get(key), value, f"the card's {key}")
    for key in ("blank", "example"):
        t.equal(site.get(card[key]).status, 200, f"the card's {key} is there")
    t.equal(site.get("/templates?filter=LAI").json(), ["plain"],
            "a filter, case-folded")
    t.equal(site.get("/templates?animated=true").json(), [], "no animation")
    t.equal([card["id"] for card in
             site.get("/templates?cards=true").json()],
            ["dot", "plain", "sheer"], "cards")
    t.equal(site.get("/templates?cards=maybe").status, 400, "a bad filter")


def test_stats(t, site):
    stats = site.get("/stats").json()
    for cache in ("templates", "fonts"):
        t.equal(sorted(stats["cache"][cache]),
                ["capacity", "fill_rate", "hits", "misses"],
                f"/stats has the {cache} cache")
    before = stats["requests"]["ok"]
    site.captiond.ask("/caption?template=plain")
    site.captiond.ask("/caption?template=plain")
    after = site.get("/stats").json()["requests"]["ok"]
    t.ok(after >= before + 2, "requests are counted over all workers",
         f"{before} then {after}")
    boxes = stats["missing_chars"]
    site.get("/caption?template=plain&top_text=%F3%B0%80%80")
    sites.wait_for(lambda: site.get("/stats").json()["missing_chars"] ==
                   boxes + 1, "a character in no font to be counted")
    t.ok(stats["uptime_s"] >= 0 and stats["version"], "uptime and version")


def test_accept(t, site):
    """The description, and nothing but, for who asks for JSON."""
    for accept, is_description in (
            ("application/json", True),
            ("application/json, text/plain, */*", True),
            ("text/plain, application/json", True),
            ("application/json;q=0.9, image/*;q=0.1", True),
            ("application/json;q=0.1, image/*;q=0.9", False),
            ("image/avif,image/webp,image/*,*/*;q=0.8", False),
            ("text/html,application/xhtml+xml,image/avif,*/*;q=0.8", False),
            ("application/*", False),
            ("*/*;q=1, image/*;q=0.1", False),
            ("*/*", False), ("", False), ("nonsense", False)):
        for _ in range(2):    # the second from the cache
            response = site.get(GREETING, accept=accept)
            t.equal(response.headers["Content-Type"],
                    "application/json" if is_description else "image/png",
                    f"Accept: {accept}")


if __name__ == "__main__":
    tap.run(sites.Site(), test_pictures, test_picture_headers, test_version,
            test_conditions, test_head, test_methods, test_encoded_routes, test_request_ids,
            test_errors, test_json_by_first_byte, test_lists, test_stats,
            test_accept)
