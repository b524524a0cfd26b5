"""Errors as JSON, as a page, as a picture: captiond's and nginx's own."""

import signal
import time

import pictures
import sites
import tap

BROWSER = ("text/html,application/xhtml+xml,application/xml;q=0.9,"
           "image/avif,image/webp,image/apng,*/*;q=0.8")
IMG = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
JSON, PAGE, PICTURE = "application/json", "text/html", "image/"
LONG = "a" * 17000
BODY = {"Content-Type": "application/json"}


def make_site():
    """Pages of its own, so that they can be changed."""
    site = sites.Site(pages=True)
    (site.pages / "abc.html").write_text("not an error's")
    (site.pages / "200.html").write_text("not an error's either")
    (site.pages / "999.html").write_text("nor this")
    site.captiond.options += ("-v",)
    return site


def macro(rest=""):
    return "/caption?template=plain" + rest


REFUSALS = (
    # what, method, target, headers, body, status, by nginx itself
    ("a macro", "GET", macro("&colour=red"), {}, b"", 400, False),
    ("a template", "GET", "/caption?template=nobody", {}, b"", 404, False),
    ("a font", "GET", macro("&font=none&top_text=a"), {}, b"", 404, False),
    ("a blank", "GET", "/templates/nobody.png", {}, b"", 404, False),
    ("a method", "DELETE", "/caption", {}, b"", 405, False),
    ("another method", "TRACE", "/caption", {}, b"", 405, True),
    ("a body", "POST", "/caption", BODY, b"{" + b" " * 70000, 413, False),
    ("a large body", "POST", "/caption", BODY, b"{" + b" " * 170000, 413,
     True),
    ("a target", "GET", macro("&top_text=" + LONG), {}, b"", 414, False),
    ("a type", "POST", "/caption", {"Content-Type": "text/plain"}, b"x", 415,
     False),
)


def check_json(t, what, response, status):
    t.equal((response.status, response.headers["Content-Type"]),
            (status, JSON), f"{what}: {status} as JSON")
    body = response.json()
    t.equal((body["status"], body["request_id"]),
            (status, response.headers["X-Request-ID"]), f"{what}: its keys")


def check_page(t, what, response, status):
    text = response.body.decode()
    t.equal((response.status, response.headers["Content-Type"]),
            (status, "text/html; charset=utf-8"), f"{what}: {status} as page")
    t.ok(str(status) in text and "{{" not in text and
         response.headers["X-Request-ID"] in text and
         text.rstrip().endswith("</html>"), f"{what}: filled in", text)
    t.equal(response.headers["Content-Security-Policy"],
            "default-src 'none'; style-src 'unsafe-inline'",
            f"{what}: it can do nothing")


def check_picture(t, what, response, status, is_nginx):
    kind = "image/svg+xml" if is_nginx else "image/png"
    t.equal((response.status, response.headers["Content-Type"]),
            (status, kind), f"{what}: {status} as {kind}")
    whole = b">%d<" % status in response.body and b"{{" not in response.body \
        if is_nginx else pictures.is_whole(response.body)
    t.ok(whole, f"{what}: a whole picture", response.body[:200])


def test_three_forms(t, site):
    for what, method, target, headers, body, status, is_nginx in REFUSALS:
        what = f"{method} with {what} that is refused"
        answers = [site.request(method, target, {**headers, "Accept": accept},
                                body) for accept in ("*/*", BROWSER, IMG)]
        check_json(t, what, answers[0], status)
        check_page(t, what, answers[1], status)
        check_picture(t, what, answers[2], status, is_nginx)
        for answer in answers:
            t.equal(answer.headers["Cache-Control"], "no-store",
                    f"{what}: not to be kept")
            t.equal(answer.headers["X-Content-Type-Options"], "nosniff",
                    f"{what}: not to be guessed at")


def test_lists_have_no_picture(t, site):
    for target in ("/templates/nobody", "/nothing", "/fonts?x=1"):
        response = site.get(target, accept=IMG)
        t.ok(response.status == 200 or
             response.headers["Content-Type"] == JSON, f"{target}: no picture")


def test_images_always_are(t, site):
    for accept in ("*/*", BROWSER, IMG, "text/html"):
        response = site.get("/images/nobody/a/b.png", accept=accept)
        check_picture(t, f"/images/ for {accept[:9]}", response, 404, False)


SIZES = (
    # target, format, width, height
    ("&colour=red", "png", 320, 240),
    ("&colour=red&width=100", "png", 100, 75),
    ("&colour=red&width=1&height=1", "png", 40, 24),
    ("&colour=red&width=99999", "png", 320, 240),
    ("&colour=red&format=jpeg", "jpeg", 320, 240),
    ("&colour=red&format=webp", "webp", 320, 240),
    ("&colour=red&format=gif", "gif", 320, 240),
    ("&colour=red&format=bmp", "png", 320, 240),
)


def test_as_was_asked_for(t, site):
    for rest, kind, width, height in SIZES:
        response = site.get(macro(rest), accept=IMG)
        t.equal(response.headers["Content-Type"], f"image/{kind}",
                f"{rest}: its format")
        if kind == "png":
            t.equal(pictures.size(response.body), (width, height),
                    f"{rest}: its size")
    suffix = site.get("/caption.jpg?template=nobody&width=60&height=60",
                      accept=IMG)
    t.equal(suffix.headers["Content-Type"], "image/jpeg", "or the suffix says")
    unknown = site.get("/caption?template=nobody&height=64", accept=IMG)
    t.equal(pictures.size(unknown.body), (96, 64),
            "no template: the usual shape")


def test_escaped(t, site):
    """What a client sends comes back as text."""
    for target, method in (("/caption?template=<script>alert(1)</script>",
                            "GET"),
                           ("/caption?<b>{{status}}</b>=1", "GET")):
        response = site.request(method, target, {"Accept": BROWSER})
        text = response.body.decode()
        t.ok(b"<script>" not in response.body and "<b>" not in text and
             "&lt;" in text, "escaped", text[-600:])
    t.ok("{{status}}" in text, "and put in once")


def test_queue(t, site):
    """Who waited too long gets an error that was drawn before."""
    seen = set()
    for _ in range(2):
        answer = site.captiond.ask(macro(), QUEUED_AT=str(time.time() - 5),
                                   HTTP_ACCEPT=IMG)
        t.equal((answer.status, answer.headers["content-type"],
                 answer.headers["retry-after"]), (503, "image/png", "1"),
                "503 as a picture")
        seen.add(answer.body)
    t.equal(len(seen), 1, "the same one")
    page = site.captiond.ask(macro(), QUEUED_AT=str(time.time() - 5),
                             HTTP_ACCEPT=BROWSER)
    t.contains(page.body.decode(), "brb", "503 as a page")


def test_pool_away(t, site):
    site.captiond.stop()
    for accept, check in (("*/*", check_json), (BROWSER, check_page)):
        response = site.get(macro("&top_text=away"), accept=accept)
        check(t, "the pool is away", response, 503)
        t.equal(response.headers["Retry-After"], "2", "come again")
    response = site.get(macro("&top_text=away"), accept=IMG)
    check_picture(t, "the pool is away", response, 503, True)
    t.equal(response.headers["Retry-After"], "2", "come again")
    t.contains(site.get("/templates", accept=BROWSER).body.decode(), "brb",
               "the site's own page")
    site.captiond.start()


def lines_of(site, part):
    return [line for line in site.captiond.log.read_text().splitlines()
            if part in line]


def hang_up(site):
    site.captiond.process.send_signal(signal.SIGHUP)


def page(site, target="/nothing"):
    return site.get(target, accept=BROWSER)


def test_folder(t, site):
    warned = lines_of(site, "warning")
    t.ok(any("'200.html'" in line for line in warned), "200.html: a warning",
         warned)
    t.ok(any("'999.html'" in line for line in warned), "999.html: a warning")
    t.ok(not any("abc" in line for line in warned), "abc.html: none")

    (site.pages / "404.html").write_text("changed: {{reason}}")
    t.equal(page(site).body, b"changed: Not Found", "a change shows at once")

    (site.pages / "404.html").unlink()
    response = page(site)
    t.equal((response.status, response.headers["Content-Type"],
             response.body), (404, "text/plain; charset=utf-8",
                              b"Internal Server Error\n"),
            "a page that has gone: plain text, the right status")
    lost = lines_of(site, "error page '404.html'")
    t.ok(len(lost) == 1 and response.headers["X-Request-ID"] in lost[0],
         "and one line in the log", lost)

    hang_up(site)
    sites.wait_for(lambda: b"404" in page(site).body, "4xx.html")
    t.contains(page(site).body.decode(), "Not Found", "after HUP its class's")
    (site.pages / "404.html").write_text("found: {{status}}")
    (site.pages / "5xx.html").write_bytes(b"x" * 300000)
    hang_up(site)
    sites.wait_for(lambda: page(site).body == b"found: 404", "404.html")
    t.ok(lines_of(site, "error page '5xx.html'"),
         "a page that is too large is a warning")


def test_nginx_has_the_same_folder(t, site):
    def too_large():
        return site.request("POST", "/caption", {**BODY, "Accept": BROWSER},
                            b"{" + b" " * 170000)
    (site.pages / "413.html").write_text("big: {{status}} {{reason}}")
    t.equal(too_large().body, b"big: 413 Content Too Large", "a page")
    (site.pages / "413.html").unlink()
    t.contains(too_large().body.decode(), "Content Too Large", "its class's")
    (site.pages / "4xx.html").unlink()
    response = too_large()
    t.equal((response.status, response.body),
            (413, b"Content Too Large\n"), "none: plain text")


def test_too_fast(t, _):
    """429: nginx's, where a site wants it."""
    with sites.Site(nginx={'$captiond_client {\n    default ""':
                           '$captiond_client {\n    default "all"',
                           "burst=40": "burst=2",
                           "rate=20r/s": "rate=1r/m"}) as site:
        for accept, check in (("*/*", check_json), (BROWSER, check_page)):
            for _ in range(5):
                response = site.get("/templates", accept=accept)
            check(t, "too fast", response, 429)
            t.equal(response.headers["Retry-After"], "1", "come again")
        check_picture(t, "too fast", site.get(macro(), accept=IMG), 429, True)


def test_none_at_all(t, _):
    """No folder: plain text, and a picture all the same."""
    site = sites.Site(pages=True)
    for path in site.pages.iterdir():
        path.unlink()
    with site:
        response = page(site)
        t.equal((response.status, response.headers["Content-Type"],
                 response.body), (404, "text/plain; charset=utf-8",
                                  b"404 Not Found\nno such route\n"),
                "plain text")
        check_picture(t, "no folder", site.get("/caption?template=nobody",
                                               accept=IMG), 404, False)


if __name__ == "__main__":
    tap.run(make_site(), test_three_forms, test_lists_have_no_picture,
            test_images_always_are, test_as_was_asked_for, test_escaped,
            test_queue, test_pool_away, test_folder,
            test_nginx_has_the_same_folder, test_too_fast, test_none_at_all)
