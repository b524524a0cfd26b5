"""nginx's cache: right, never poisoned, never in the way, and off when off."""

import concurrent.futures
import os
import signal
import time

import pictures
import sites
import tap

GREETING = "/caption?template=plain&top_text=hello"


def status_of(site, response):
    """What nginx's log says of the cache: HIT, MISS, … or -."""
    return site.nginx.last_log(response.headers["X-Request-ID"])[9]


def drawn(site):
    """How many pictures and lists the workers have answered."""
    return site.get("/stats").json()["requests"]["ok"]


def test_stored(t, site):
    first, second = site.get(GREETING), site.get(GREETING)
    t.equal(status_of(site, first), "MISS", "the first is drawn")
    t.ok(status_of(site, second) in ("HIT", "REVALIDATED"),
         "the second is not", status_of(site, second))
    t.equal(first.body, second.body, "and is the same")
    version = site.get("/templates/plain").json()["version"]
    forever = f"{GREETING}&v={version}"
    t.equal([status_of(site, site.get(forever)) for _ in range(3)],
            ["MISS", "HIT", "HIT"], "an immutable one is not asked for again")


def test_head_does_not_poison(t, site):
    target = GREETING + "+head"
    head = site.request("HEAD", target)
    t.equal((status_of(site, head), head.body), ("MISS", b""), "HEAD first")
    response = site.get(target)
    t.ok(pictures.is_whole(response.body), "then GET has the picture")
    t.ok(status_of(site, response) != "MISS", "from the cache")


def test_condition_does_not_poison(t, site):
    target = GREETING + "+condition"
    response = site.get(target, if_none_match="*")
    t.equal(response.status, 304, "a condition first")
    response = site.get(target)
    t.ok(response.status == 200 and pictures.is_whole(response.body),
         "then the picture", response.status)


def test_accept_is_in_the_key(t, site):
    target = GREETING + "+accept"
    for accept, kind in (("image/*", "image/png"),
                         ("application/json", "application/json"),
                         ("text/html", "image/png"), ("*/*", "image/png"),
                         ("application/json", "application/json")):
        t.equal(site.get(target, accept=accept).headers["Content-Type"], kind,
                f"{accept} gives {kind}")
    browser = site.get(target, accept="image/avif,image/webp,*/*;q=0.8")
    t.ok(status_of(site, browser) != "MISS", "one picture for all browsers")


def test_not_stored(t, site):
    for what, ask in (
            ("POST", lambda: site.post("/caption", {"template": "plain"})),
            ("an error", lambda: site.get("/caption?template=nobody")),
            ("a list", lambda: site.get("/templates")),
            ("counters", lambda: site.get("/stats"))):
        seen = [status_of(site, ask()) for _ in range(2)]
        t.ok(set(seen) <= {"-", "MISS"}, f"{what} is not stored", seen)


def test_revalidated(t, site):
    """A stored picture is only as old as its template."""
    site.put("fickle.png", pictures.plain(40, 30, (255, 0, 0)))
    sites.wait_for(lambda: "fickle" in site.captiond.names(), "fickle")
    target = "/caption?template=fickle"
    red = site.get(target)
    site.put("fickle.png", pictures.plain(40, 30, (0, 0, 255)))
    started = time.monotonic()
    sites.wait_for(lambda: site.get(target).body != red.body,
                   "the new picture")
    took = time.monotonic() - started
    t.ok(took < 5, "a replaced template shows soon",
         f"{took:.3f} s")
    blue = site.get(target)
    t.ok(status_of(site, blue) == "REVALIDATED" and
         blue.headers["ETag"] != red.headers["ETag"],
         "and then the stored one is the new one", status_of(site, blue))
    (site.templates / "fickle.png").unlink()
    sites.wait_for(lambda: site.get(target).status == 404, "404")
    t.ok(True, "a removed template's picture goes with it")


def test_drawn_once(t, site):
    """Many who ask for one new picture at one moment."""
    before = drawn(site)
    with concurrent.futures.ThreadPoolExecutor(16) as threads:
        bodies = {response.body for response in threads.map(
            lambda _: site.get(GREETING + "+together&width=900"), range(16))}
    t.equal(len(bodies), 1, "all get the same picture")
    count = drawn(site) - before - 1    # one of them is /stats itself
    t.equal(count, 1, "it is drawn once")


def test_range(t, site):
    site.get(GREETING)
    whole = site.get(GREETING).body
    part = site.request("GET", GREETING, {"Range": "bytes=8-15"})
    t.equal((part.status, part.body), (206, whole[8:16]), "a range")


def test_old_rather_than_none(t, site):
    """While the pool hangs or is gone."""
    target = GREETING + "+old"
    kept = site.get(target)
    end = site.captiond.stop()
    t.equal(end, 0, "the pool has stopped")
    time.sleep(2.1)    # the stored one is out of date
    response = site.get(target)
    t.equal((response.status, response.body), (200, kept.body),
            "a stored picture is still there")
    response = site.get(GREETING + "+new")
    t.equal((response.status, response.headers["Retry-After"],
             response.headers["Cache-Control"],
             response.json()["request_id"]),
            (503, "2", "no-store", response.headers["X-Request-ID"]),
            "a new one is 503 with Retry-After")
    site.captiond.start()
    t.equal(site.get(GREETING + "+new").status, 200, "and then it is there")


def test_hanging_pool(t, site):
    """Nobody waits for ever on a pool that does not answer."""
    for pid in site.captiond.workers():
        os.kill(pid, signal.SIGSTOP)
    started = time.monotonic()
    response = site.get(GREETING + "+hang")
    for pid in site.captiond.workers():
        os.kill(pid, signal.SIGCONT)
    t.equal(response.status, 503, "a pool that hangs is 503")
    t.ok(time.monotonic() - started < 30, "in bounded time")
    t.equal(site.get(GREETING + "+after").status, 200, "then it goes on")


if __name__ == "__main__":
    tap.run(sites.Site(), test_stored, test_head_does_not_poison,
            test_condition_does_not_poison, test_accept_is_in_the_key,
            test_not_stored, test_revalidated, test_drawn_once, test_range,
            test_old_rather_than_none, test_hanging_pool)
