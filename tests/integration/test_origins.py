"""Pictures from URLs: what is fetched, how often, how long it is kept, and
with which credentials."""

import concurrent.futures
import os
import pathlib
import pwd
import shutil
import signal
import ssl
import subprocess
import threading
import time

import fastcgi
import origins
import pictures
import sites
import tap

RED = pictures.plain(120, 90, (200, 30, 30))
GREEN = pictures.plain(60, 80, (30, 200, 30))

SECRETS = {"a": "s3cret-of-A&=+ %", "b": "s3cret-of-B", "tls": "s3cret-of-TLS"}
# Escapes in lower case, as curl writes them.
ENCODED = "s3cret-of-A%26%3d%2b%20%25"


class World(origins.World):
    def prepare(self):
        ca, certificate, key = origins.make_certificates(
            self.folder, "tls.test", "untrusted.test")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        for name, address in (("a.test", origins.FIRST),
                              ("b.test", origins.SECOND),
                              ("tls.test", origins.THIRD),
                              ("other.test", origins.THIRD),
                              ("untrusted.test", origins.THIRD),
                              ("local.test", "127.0.0.1")):
            self.names.records[name] = [[address]]
        self.hold = threading.Event()
        self.a = self.serve(origins.FIRST, 80, {
            "/red.png": origins.reply(200, RED, ETag='"red"',
                                      Cache_Control="max-age=60"),
            "/held.png": self.held,
            "/trickle.png": self.trickle,
            "/to-b": origins.reply(302, Location="http://b.test/green.png"),
            "/to-here": origins.reply(301, Location="red.png?x=1#y"),
        })
        self.b = self.serve(origins.SECOND, 80, {
            "/green.png": origins.reply(200, GREEN, Last_Modified=
                                        "Sun, 06 Nov 1994 08:49:37 GMT"),
        })
        self.tls = self.serve(origins.THIRD, 443, {
            "/green.png": origins.reply(200, GREEN)}, context)
        self.local = self.serve("127.0.0.1", 80, {
            "/green.png": origins.reply(200, GREEN)})
        self.six = self.serve(origins.SIX, 80, {
            "/green.png": origins.reply(200, GREEN)})
        self.text = f"""
[a]
hosts=a.test
scheme=http
params=key={SECRETS['a']};tag=x;tag=y
timeout=60
[b]
hosts=b.test
scheme=http
user=me
password={SECRETS['b']}
[tls]
hosts=tls.test;other.test
ca-file={ca}
bearer={SECRETS['tls']}
[untrusted]
hosts=untrusted.test
[local]
hosts=local.test
scheme=http
allow-private=127.0.0.0/8
params=d=1;d=2
duplicates=true
[six]
hosts=[{origins.SIX}]
scheme=http
[closed]
hosts=a.test
scheme=http
port=9
"""
        self.write(self.text)

    def held(self, connection, _):
        self.hold.wait(50)
        connection.sendall(origins.reply(200, RED))

    def trickle(self, connection, _):
        """Just not slow enough to be given up."""
        connection.sendall(origins.reply(200, content_length=10**6).replace(
            b"content-length", b"Content-Length"))
        while not self.hold.wait(0.2):
            connection.sendall(bytes(1000))

    def restart(self, **times):
        self.site.captiond.stop()
        self.expire(**times)
        self.site.captiond.start()


def test_picture(t, world):
    site = world.site
    response = world.ask("http://a.test/red.png?a=b&tag=mine#f", top_text="hi")
    t.equal((response.status, response.headers["Content-Type"]),
            (200, "image/png"), "a picture")
    t.equal(pictures.size(response.body), (120, 90), "in its size")
    t.ok(response.body != world.ask("http://a.test/red.png?a=b&tag=mine").body,
         "with a caption")
    t.equal(world.a.targets("/red.png"),
            [f"/red.png?a=b&tag=mine&key={ENCODED}"],
            "fetched once, with the parameters it had not")
    seen = world.a.seen[0]
    t.equal((seen.headers["host"], seen.headers["accept-encoding"]),
            ("a.test", "identity"), "by a plain request")
    t.ok("referer" not in seen.headers and "cookie" not in seen.headers
         and "authorization" not in seen.headers, "with nothing else",
         seen.headers)
    t.ok(55 <= int(response.headers["Cache-Control"].split("=")[1]) <= 60,
         "good for as long as its origin says",
         response.headers["Cache-Control"])
    again = site.get("/caption?" + sites.query({
        "template": "custom", "background": "http://a.test/red.png?a=b&tag=mine#f",
        "top_text": "hi"}), if_none_match=response.headers["ETag"])
    t.equal((again.status, again.body), (304, b""), "304 for its ETag")
    posted = site.post("/caption", {
        "template": "custom", "top_text": "hi",
        "background": "http://a.test/red.png?a=b&tag=mine#f"})
    t.equal(posted.body, response.body, "the same by POST")
    half = world.ask("http://a.test/red.png?a=b&tag=mine", width="60",
                     format="jpeg")
    t.equal((half.headers["Content-Type"], pictures.size(half.body)),
            ("image/jpeg", (60, 45)), "in another size and format")
    described = world.ask("http://a.test/red.png?a=b&tag=mine", format="json")
    t.equal((described.json()["width"], described.json()["template"]),
            (120, "custom"), "its description")
    t.contains(described.json()["url"],
               "template=custom&background=http%3A%2F%2Fa.test%2Fred.png",
               "whose URL names it")


def test_lists(t, world):
    world.ask("http://a.test/red.png")
    t.equal(world.a.targets("/red.png")[-1],
            f"/red.png?key={ENCODED}&tag=x&tag=y", "a list of values")
    world.ask("http://a.test/red.png?%74ag=z&%6bey=")
    t.equal(world.a.targets("/red.png")[-1], "/red.png?%74ag=z&%6bey=",
            "names that are there in another spelling are not doubled")


def test_spellings(t, world):
    before = len(world.a.seen)
    for url in ("http://a.test/red.png?one", "HTTP://A.TEST:80/red.png?one",
                "http://a.test/x/../red.png?one#two"):
        t.equal(world.ask(url).status, 200, url)
    t.equal(len(world.a.seen) - before, 1, "one URL, fetched once")


def test_credentials(t, world):
    t.equal(world.ask("http://b.test/green.png").status, 200, "Basic")
    t.equal(world.b.seen[-1].headers.get("authorization"),
            "Basic bWU6czNjcmV0LW9mLUI=", "is sent")
    t.equal(world.ask("https://tls.test/green.png").status, 200, "TLS")
    t.equal(world.tls.seen[-1].headers.get("authorization"),
            "Bearer " + SECRETS["tls"], "a token is sent over it")
    seen = len(world.tls.seen)
    for host, why in (("other.test", "a certificate for another name"),
                      ("untrusted.test", "an authority that nobody trusts")):
        t.equal(world.ask(f"https://{host}/green.png").status, 504, why)
    t.equal(len(world.tls.seen), seen, "nothing was sent to those")


def test_places(t, world):
    t.equal(world.ask("http://local.test/green.png").status, 200,
            "an address that is allowed")
    world.ask("http://local.test/green.png?d=0")
    t.equal(world.local.targets("/green.png"),
            ["/green.png?d=1&d=2", "/green.png?d=0&d=1&d=2"],
            "doubled parameters where they are asked for")
    t.equal(world.ask(f"http://[{origins.SIX}]/green.png").status, 200, "IPv6")
    t.equal(world.ask("http://a.test:9/x.png").status, 504, "nobody listens")


def test_redirects(t, world):
    world.b.seen.clear()
    t.equal(world.ask("http://a.test/to-here").status, 200,
            "a redirect to the same origin")
    t.equal(world.a.targets("/red.png")[-1],
            f"/red.png?x=1&key={ENCODED}&tag=x&tag=y", "with its parameters")
    response = world.ask("http://a.test/to-b")
    t.equal((response.status, pictures.size(response.body)), (200, (60, 80)),
            "to another origin")
    seen = world.b.seen[-1]
    t.equal((seen.target, seen.headers.get("authorization", "")[:5]),
            ("/green.png", "Basic"), "which gets what is its own")
    t.ok(b"of-A" not in seen.raw, "and nothing of the first", seen.raw)


def test_one_flight(t, world):
    """Two wait for one fetch; who would be the third of four workers is told
    to come back, and templates are served meanwhile."""
    world.hold.clear()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(world.ask, "http://a.test/held.png",
                               top_text=str(i)) for i in range(2)]
        sites.wait_for(lambda: world.a.targets("/held.png"), "a fetch")
        sites.wait_for(lambda: underway(world) == 2, "two waiting")
        turned = world.ask("http://a.test/held.png", top_text="more")
        plain = [world.site.caption(template="plain", top_text=str(i)).status
                 for i in range(4)]
        world.hold.set()
        served = [future.result() for future in waiting]
    t.equal((turned.status, turned.headers["Retry-After"]), (503, "1"),
            "half of the workers wait, no more")
    t.equal(plain, [200] * 4, "templates are served meanwhile")
    t.equal([response.status for response in served], [200, 200],
            "who waited is served")
    t.equal(len(world.a.targets("/held.png")), 1, "by one fetch")


def underway(world):
    """Workers at work on a request, by what the log's own client sees."""
    stats = world.site.get("/stats").json()
    return stats["origins"]["waiting"]


def test_gone(t, world):
    """A client that leaves does not hold its worker; nginx would."""
    world.hold.clear()
    target = "/caption?" + sites.query({
        "template": "custom", "background": "http://a.test/trickle.png"})
    with fastcgi.connect(world.site.captiond.socket) as connection:
        connection.sendall(fastcgi.request(target))
        sites.wait_for(lambda: underway(world) == 1, "one waiting")
    sites.wait_for(lambda: underway(world) == 0, "nobody waiting", 20)
    t.ok(True, "nobody waits for who has left")
    world.hold.set()


def test_revalidation(t, world):
    world.a.answers["/kept.png"] = origins.reply(
        200, RED, ETag='"k1"', Cache_Control="max-age=60")
    first = world.ask("http://a.test/kept.png")
    world.restart()
    t.equal(world.ask("http://a.test/kept.png").headers["ETag"],
            first.headers["ETag"], "it outlives a restart")
    t.equal(len(world.a.targets("/kept.png")), 1, "without a fetch")

    world.restart(fresh_until=1)
    world.a.answers["/kept.png"] = origins.reply(304, kind=None)
    again = world.ask("http://a.test/kept.png")
    t.equal((again.status, again.body), (200, first.body), "unchanged")
    t.equal(world.a.seen[-1].headers.get("if-none-match"), '"k1"',
            "the origin was asked by its ETag")

    world.restart(fresh_until=1)
    world.a.answers["/kept.png"] = origins.reply(503)
    again = world.ask("http://a.test/kept.png")
    t.equal((again.status, again.body), (200, first.body),
            "it stands in for an origin that is down")

    world.restart(fresh_until=1, stale_until=2)
    t.equal(world.ask("http://a.test/kept.png").status, 504,
            "but not for ever")

    world.restart(fresh_until=1)
    world.a.answers["/kept.png"] = origins.reply(200, GREEN, ETag='"k2"')
    changed = world.ask("http://a.test/kept.png")
    t.equal(pictures.size(changed.body), (60, 80), "a new picture")
    t.ok(changed.headers["ETag"] != first.headers["ETag"],
         "has another ETag")

    world.restart(fresh_until=1)
    world.a.answers["/kept.png"] = origins.reply(404)
    t.equal(world.ask("http://a.test/kept.png").status, 404, "it is gone")
    world.b.seen.clear()
    world.restart(fresh_until=1)
    world.ask("http://b.test/green.png")
    t.equal(world.b.seen[-1].headers.get("if-modified-since"),
            "Sun, 06 Nov 1994 08:49:37 GMT", "asked by its date")


def test_no_copies(t, world):
    def names():
        pictures_there = {path.name for path in world.pictures().iterdir()
                          if path.suffix != ".entry"}
        packs = {path.stem for path in world.packs().iterdir()}
        return pictures_there == packs
    t.ok(sites.wait_for(names, "folders in step"),
         "each picture has its pack, and no pack is left over")


def test_fetcher_killed(t, world):
    # The kernel's list may miss a child while others come and go.
    before = sites.wait_for(world.fetcher, "a fetcher")
    t.equal(len(before), 1, "there is one fetcher")
    world.hold.clear()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(world.ask, "http://a.test/held.png?killed")
        sites.wait_for(lambda: underway(world) == 1, "one waiting")
        os.kill(before[0], signal.SIGKILL)
        world.hold.set()
        t.equal(waiting.result().status, 200,
                "its successor answers what it left open")
    t.ok(sites.wait_for(world.fetcher, "a fetcher") != before,
         "it was replaced")


def test_reload(t, world):
    captiond = world.site.captiond
    world.write("[a]\nhosts=a.test\nscheme=gopher\n")
    captiond.process.send_signal(signal.SIGHUP)
    sites.wait_for(lambda: "[a] scheme: `https` or `http` expected"
                   in captiond.log.read_text(), "the fault in the log")
    t.equal(world.ask("http://a.test/red.png?reload").status, 200,
            "a bad file changes nothing")
    world.write(world.text + "[new]\nhosts=other.test\nscheme=http\n")
    world.serve(origins.THIRD, 80, {"/g.png": origins.reply(200, GREEN)})
    t.equal(world.ask("http://other.test/g.png").status, 400, "not yet")
    captiond.process.send_signal(signal.SIGHUP)
    sites.wait_for(
        lambda: world.ask("http://other.test/g.png").status == 200,
        "the new origin")
    t.ok(True, "a good one counts on HUP")


def test_check(t, world):
    def check(mode, text):
        file = world.folder / "checked"
        file.write_text(text)
        file.chmod(mode)
        return subprocess.run(
            [sites.CAPTIOND, "--templates", world.folder, "--packs",
             world.folder, "--origins", file, "--check"],
            capture_output=True, text=True)
    t.equal(check(0o640, world.text).returncode, 0, "--check takes the file")
    result = check(0o644, world.text)
    t.ok(result.returncode == 64 and "chmod" in result.stderr,
         "not one that others may read", result.stderr)
    result = check(0o600, "[a]\nhosts=h\nbearer=s3cret x\n")
    t.ok(result.returncode == 64 and "[a] bearer" in result.stderr
         and "s3cret" not in result.stderr, "nor one with a fault",
         result.stderr)


def test_signals(t, world):
    """Who waits for a picture has it, whatever the pool is told meanwhile."""
    for number in (signal.SIGHUP, signal.SIGTERM):
        world.hold.clear()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(
                world.ask, f"http://a.test/held.png?{number.name}")
            sites.wait_for(lambda: underway(world) == 1, "one waiting")
            world.site.captiond.process.send_signal(number)
            time.sleep(0.2)
            world.hold.set()
            t.equal(waiting.result().status, 200,
                    f"who waits at {number.name} is served")
    world.site.captiond.stop()
    world.site.captiond.start()


def test_folders(t, world):
    """What is kept can be removed under a running pool."""
    t.equal(world.ask("http://a.test/red.png").status, 200,
            "the fetcher is at work")
    for folder in (world.pictures(), world.packs()):
        away = world.folder / "away"
        before = sites.wait_for(world.fetcher, "a fetcher")
        folder.rename(away)
        sites.wait_for(lambda: world.fetcher() not in ([], before),
                       "another fetcher")
        sites.wait_for(
            lambda: world.ask("http://a.test/red.png").status == 200,
            "a picture again")
        t.ok(True, f"{folder.name} may go and comes back")
        shutil.rmtree(away)


def test_without(t, world):
    """Without the option there are no origins, and nothing is kept of them."""
    captiond = world.site.captiond
    world.ask("http://b.test/green.png")
    t.ok(any(world.packs().iterdir()), "a picture is kept")
    t.equal([folder.stat().st_mode & 0o777 for folder in
             (world.pictures(), world.packs())], [0o700] * 2,
            "where nobody else can read it")
    captiond.stop()
    options = captiond.options
    captiond.options = options[options.index("-vv"):]
    captiond.start()
    t.equal(world.ask("http://b.test/green.png").status, 400, "none is allowed")
    t.ok("origins" not in world.site.get("/stats").json(), "nor told of")
    t.equal([*world.pictures().iterdir(), *world.packs().iterdir()], [],
            "what was kept is removed")
    captiond.stop()
    captiond.options = options
    captiond.start()


def test_user(t, world):
    """As another user than root, who may read the origins' file by its
    group."""
    captiond = world.site.captiond
    captiond.stop()
    world.folder.chmod(0o755)
    world.site.folder.chmod(0o777)
    shutil.rmtree(world.site.folder / "packs")
    result = subprocess.run(
        [*captiond.arguments(), "--user", "nobody", "--check"],
        capture_output=True, text=True)
    t.ok(result.returncode == 64 and "user's group may read" in result.stderr,
         "a file that only root may read is refused", result.stderr)
    os.chown(world.file, 0, pwd.getpwnam("nobody").pw_gid)
    world.file.chmod(0o640)
    options = captiond.options
    captiond.options = (*options, "--user", "nobody")
    captiond.start()
    t.equal(world.ask("http://a.test/red.png").status, 200, "a picture")
    status = pathlib.Path(
        f"/proc/{sites.wait_for(world.fetcher, 'a fetcher')[0]}/status")
    t.contains(status.read_text(),
               f"Uid:\t{pwd.getpwnam('nobody').pw_uid}\t",
               "by a fetcher that is nobody")
    captiond.stop()
    captiond.options = options
    captiond.start()


def test_macro(t, world):
    site = world.site
    for target, part in (
            ("/caption?template=custom", "missing field `background`"),
            ("/caption?template=plain&background=http://a.test/red.png",
             "background: only the template `custom`"),
            ("/templates/plain.png?background=http://a.test/red.png",
             "background: only the template `custom`")):
        response = site.get(target)
        t.equal(response.status, 400, target)
        t.contains(response.error(), part, "names the key")
    t.equal(site.get("/templates/custom.png?background=http%3A%2F%2Fa.test"
                     "%2Fred.png").status, 200, "without a caption")
    site.put("custom.png", RED)
    sites.wait_for(lambda: "skipped 'custom.png': the name `custom`"
                   in site.captiond.log.read_text(), "a warning")
    t.ok("custom" not in site.get("/templates").json(),
         "a file of that name is no template")
    (site.templates / "custom.png").unlink()


def test_secrets(t, world):
    """What must not be known is nowhere but where it belongs."""
    secrets = [SECRETS["a"], ENCODED, ENCODED.upper(), SECRETS["b"],
               "bWU6czNjcmV0LW9mLUI=", SECRETS["tls"], "s3cret"]
    captured = {
        "the log": world.site.captiond.log.read_bytes(),
        "nginx's logs": b"".join(path.read_bytes() for path in
                                 world.site.nginx.folder.glob("*.log")),
        "clients": b"".join(
            answer.body + str(answer.headers).encode()
            for answer in world.answers),
        "arguments": b"".join(
            pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
            for pid in sites.children(world.site.captiond.process.pid)),
        "what is kept": b"".join(path.read_bytes() for path in
                                 world.pictures().iterdir()),
        "origin b": b"".join(seen.raw for seen in world.b.seen),
    }
    own = {"origin b": [SECRETS["b"], "bWU6czNjcmV0LW9mLUI=", "s3cret"]}
    for where, data in captured.items():
        t.ok(len(data) > 0, f"{where} is captured")
        for secret in set(secrets) - set(own.get(where, [])):
            t.ok(secret.encode() not in data, f"{where} has no {secret}")
    t.ok(any(ENCODED.encode() in seen.raw for seen in world.a.seen),
         "origin a has had its own")


if __name__ == "__main__":
    why = origins.enter_namespace()
    if why:
        print(f"1..0 # SKIP {why}")
    else:
        # Nothing of this is to count.
        os.environ.update(http_proxy="http://127.0.0.1:1",
                          https_proxy="http://127.0.0.1:1",
                          ALL_PROXY="http://127.0.0.1:1")
        # No clock ends a wait before what should end it.
        tap.run(World("--workers", "4", "--preload", "none",
                      "--request-timeout", "240"), test_picture,
                test_lists, test_spellings, test_credentials, test_places,
                test_redirects, test_one_flight, test_gone, test_revalidation,
                test_no_copies, test_fetcher_killed, test_signals, test_folders,
                test_macro,
                test_check, test_secrets, test_reload, test_without, test_user)
