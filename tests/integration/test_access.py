"""Keys: who may, who may not, and that a key shows up nowhere."""

import concurrent.futures
import json
import os
import signal
import subprocess
import time

import fastcgi
import sites
import tap

GOOD, SHORT_LIVED, MANAGER = "g" * 40, "x" * 40, "m+/%=" * 8
UNKNOWN = "u" * 40
MACRO = "template=plain&top_text=hello"
DRAWN = "/caption?" + MACRO


def hash_key(key):
    return subprocess.run([sites.CAPTIOND, "--hash-key"], input=key + "\n",
                          text=True, capture_output=True, check=True,
                          timeout=sites.DEADLINE_S).stdout.strip()


def write_keys(site, *lines):
    path = site.folder / "keys"
    fresh = site.folder / "keys.new"
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
              "w") as file:
        file.write("".join(line + "\n" for line in lines))
    fresh.replace(path)
    return path


def all_keys():
    return ("# for the tests",
            f"blog {hash_key(GOOD)} render",
            f"past {hash_key(SHORT_LIVED)} render 2001-01-01T00:00:00Z",
            f"boss {hash_key(MANAGER)} manage,render")


def make_site():
    site = sites.Site()
    keys = write_keys(site, *all_keys())
    # Debugging, to see that even then no key is in the log.
    site.captiond.options = ("--keys", str(keys), "--require-render", "key",
                             "--require-stats", "key", "-v", "-v",
                             "--access-log", str(site.folder / "requests"))
    return site


def asked(site, target, method="GET", body=b"", **headers):
    return site.request(method, target, {
        name.replace("_", "-"): value for name, value in headers.items()},
        body)


ENCODED_MANAGER = MANAGER.replace("%", "%25").replace("+", "%2B")

TABLE = (
    # what, target, headers, status
    ("no key", DRAWN, {}, 401),
    ("a key in the query", f"{DRAWN}&key={GOOD}", {}, 200),
    ("a key that comes first", f"/caption?key={GOOD}&{MACRO}", {}, 200),
    ("a key in X-API-Key", DRAWN, {"X-API-Key": GOOD}, 200),
    ("a key as Bearer", DRAWN, {"Authorization": f"Bearer {GOOD}"}, 200),
    ("a key as bearer", DRAWN, {"Authorization": f"bearer  {GOOD}"}, 200),
    ("a key that needs encoding", f"{DRAWN}&key={ENCODED_MANAGER}", {}, 200),
    ("another's scheme", DRAWN, {"Authorization": "Basic Zzpn"}, 401),
    ("another's scheme beside", f"{DRAWN}&key={GOOD}",
     {"Authorization": "Basic Zzpn"}, 200),
    ("an empty header", DRAWN, {"X-API-Key": ""}, 401),
    ("an empty key", f"{DRAWN}&key=", {}, 403),
    ("an empty Bearer", DRAWN, {"Authorization": "Bearer"}, 403),
    ("a wrong key", f"{DRAWN}&key={UNKNOWN}", {}, 403),
    ("a key cut short", f"{DRAWN}&key={GOOD[:-1]}", {}, 403),
    ("a key made longer", f"{DRAWN}&key={GOOD}g", {}, 403),
    ("a key in upper case", f"{DRAWN}&key={GOOD.upper()}", {}, 403),
    ("a key that is too long", f"{DRAWN}&key={'g' * 4000}", {}, 403),
    ("a key past its time", f"{DRAWN}&key={SHORT_LIVED}", {}, 403),
    ("a key for something else", f"/stats?key={GOOD}", {}, 403),
    ("a key for that", f"/stats?key={ENCODED_MANAGER}", {}, 200),
    ("no key for that", "/stats", {}, 401),
    ("an open route", "/templates", {}, 200),
    ("an open route and a wrong key", f"/templates?key={UNKNOWN}", {}, 403),
    ("an open route and a key", f"/templates?key={GOOD}", {}, 200),
    ("a blank template is a picture", "/templates/plain.png", {}, 401),
    ("its card is not", "/templates/plain", {}, 200),
    ("a key twice", f"{DRAWN}&key={GOOD}&key={GOOD}", {}, 400),
    ("a key in two places", f"{DRAWN}&key={GOOD}", {"X-API-Key": GOOD}, 400),
    ("a key in two headers", DRAWN,
     {"X-API-Key": GOOD, "Authorization": f"Bearer {GOOD}"}, 400),
    ("a right and a wrong key", f"{DRAWN}&key={UNKNOWN}&key={GOOD}", {}, 400),
    ("a key with %00", f"{DRAWN}&key={GOOD}%00", {}, 400),
    ("a key with a bad escape", f"{DRAWN}&key={GOOD}%zz", {}, 400),
    ("KEY", f"{DRAWN}&KEY={GOOD}", {}, 400),
    ("%6bey", f"{DRAWN}&%6bey={GOOD}", {}, 400),
    ("+key", f"{DRAWN}&+key={GOOD}", {}, 400),
    ("key without =", f"{DRAWN}&key", {}, 400),
    ("a key in a value", f"/caption?template=plain&top_text=?key={GOOD[:30]}",
     {}, 401),
    ("a key in the path", f"/caption/key={'p' * 40}?{MACRO}", {}, 404),
    ("a signature where none is known", f"{DRAWN}&sig=abc", {}, 400),
    ("an end without a signature", f"{DRAWN}&key={GOOD}&exp=1", {}, 400),
    ("no such route", f"/nothing?key={UNKNOWN}", {}, 404),
)


def test_table(t, site):
    # Stored for somebody who may: all others are asked all the same.
    site.get(f"{DRAWN}&key={GOOD}")
    for what, target, headers, status in TABLE:
        response = site.request("GET", target, headers)
        t.equal(response.status, status, f"{what}: {status}")
        if status == 401:
            t.equal(response.headers["WWW-Authenticate"],
                    'Bearer realm="captiond"', f"{what}: how to")
        if status >= 400:
            t.equal(response.headers["Cache-Control"], "no-store",
                    f"{what}: not to be kept")


def test_log_has_names(t, site):
    """Not the key, but whose it was, also of one that was refused."""
    for key, status, name in ((GOOD, 200, "blog"), (SHORT_LIVED, 403, "past"),
                              (UNKNOWN, 403, "")):
        response = asked(site, DRAWN, X_API_Key=key)
        wanted = response.headers["X-Request-ID"]
        line = sites.wait_for(
            lambda: [json.loads(line) for line in
                     (site.folder / "requests").read_text().splitlines()
                     if wanted in line], "a line")[0]
        t.equal((response.status, line.get("key", "")), (status, name),
                f"the log names '{name}'")


def test_methods(t, site):
    key = {"X-API-Key": GOOD}
    t.equal(site.request("HEAD", DRAWN).status, 401, "HEAD without")
    t.equal(site.request("HEAD", DRAWN, key).status, 200, "HEAD with")
    t.equal(site.request("OPTIONS", "/caption").status, 204,
            "a browser asks beforehand, without")
    t.contains(site.request("OPTIONS", "/caption").headers[
        "Access-Control-Allow-Headers"], "X-API-Key", "and is told how")
    body = b'{"template": "plain"}'
    t.equal(site.request("POST", "/caption", {}, body).status, 401,
            "POST without")
    t.equal(site.request("POST", "/caption", key, body).status, 200,
            "POST with a header")
    t.equal(site.request("POST", f"/caption?key={GOOD}", {}, body).status, 200,
            "POST with a key in the query")
    t.contains(site.request("POST", "/caption", {**key, "Content-Type":
               "application/x-www-form-urlencoded"}, b"key=a").error(),
               "`key`", "a body has no key")


def test_two_headers_of_a_name(t, site):
    """nginx hands both on; the FastCGI library shows the first."""
    answer = site.captiond.ask(DRAWN, HTTP_X_API_KEY=GOOD)
    t.equal(answer.status, 200, "one")
    values = fastcgi.pair(b"HTTP_X_API_KEY", GOOD.encode())
    whole = fastcgi.request(DRAWN, HTTP_X_API_KEY=GOOD)
    with fastcgi.connect(site.captiond.socket) as connection:
        at = len(fastcgi.begin())
        connection.sendall(whole[:at] + fastcgi.record(
            fastcgi.PARAMS, values) + whole[at:])
        t.equal(fastcgi.read_answer(connection).status, 400, "two")


def cached(site):
    """The stored pictures of a macro: what nginx keeps them under."""
    keys = []
    for path in (site.nginx.folder / "cache").rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            keys += [line for line in data.split(b"\n")
                     if line.startswith(b"KEY: ")]
    return keys


def test_errors_know_no_template(t, site):
    """An error that comes before the key is asked for shows no template."""
    for what, method, target in (
            ("no route", "GET", "/images/none?template="),
            ("no method", "PUT", "/caption.png?template=")):
        shown = [asked(site, target + name, method, Accept="image/png").body
                 for name in ("plain", "nosuch")]
        t.ok(shown[0].startswith(b"\x89PNG"), f"{what}: a picture")
        t.equal(shown[0][16:24], shown[1][16:24],
                f"{what}: of one size, whether the template is there or not")


def test_one_picture_for_all_keys(t, site):
    mark = "for+all"
    ways = (site.get(f"/caption?{MACRO}+{mark}&key={GOOD}"),
            site.get(f"/caption?key={GOOD}&{MACRO}+{mark}"),
            site.get(f"/caption?{MACRO}+{mark}&key={ENCODED_MANAGER}"),
            site.get(f"/caption?template=plain&key={GOOD}&top_text=hello+"
                     + mark),
            asked(site, f"/caption?{MACRO}+{mark}", X_API_Key=GOOD),
            asked(site, f"/caption?{MACRO}+{mark}",
                  Authorization=f"Bearer {MANAGER}"))
    t.equal({way.status for way in ways}, {200}, "all are served")
    t.equal(len({way.body for way in ways}), 1, "the same picture")
    t.equal(len({way.headers["ETag"] for way in ways}), 1, "of one ETag")
    t.equal({way.headers["Cache-Control"] for way in ways},
            {"private, max-age=86400"}, "that others may not keep")
    found = [key for key in cached(site) if mark.encode() in key]
    t.equal(found, [b"KEY: picture @checked /caption?" + MACRO.encode() +
                    b"+" + mark.encode()], "stored once")
    log = site.nginx.last_log(ways[-1].headers["X-Request-ID"])
    t.equal(log[9], "REVALIDATED", "and asked for each time")


def test_never_unasked(t, site):
    """Not even where it can never change, nor while the pool is away."""
    card = asked(site, "/templates/plain").json()
    forever = f"{DRAWN}&v={card['version']}"
    good = {"X-API-Key": GOOD}
    first = site.request("GET", forever, good)
    t.equal((first.status, first.headers["Cache-Control"]),
            (200, "private, max-age=31536000, immutable"), "one for ever")
    for _ in range(2):
        t.equal(site.request("GET", forever).status, 401, "without: 401")
        t.equal(site.request("GET", forever, {"X-API-Key": UNKNOWN}).status,
                403, "with a wrong one: 403")
    with concurrent.futures.ThreadPoolExecutor(16) as threads:
        many = list(threads.map(
            lambda i: (i % 2, site.request("GET", DRAWN, good if i % 2 else
                                           {"X-API-Key": UNKNOWN}).status),
            range(64)))
    t.equal(set(many), {(0, 403), (1, 200)}, "a crowd of both")


def test_conditions_are_asked_too(t, site):
    etag = asked(site, DRAWN, X_API_Key=GOOD).headers["ETag"]
    t.equal(asked(site, DRAWN, X_API_Key=GOOD, If_None_Match=etag).status,
            304, "304 with a key")
    t.equal(asked(site, DRAWN, X_API_Key=UNKNOWN, If_None_Match=etag).status,
            403, "403 with a wrong one")
    t.equal(asked(site, DRAWN, If_None_Match="*").status, 401,
            "401 without")


def test_other_caches_keep_nothing(t, site):
    """A front server that does not say that it asks each time."""
    for target in (DRAWN,
                   f"{DRAWN}&v=" + asked(site,
                                         "/templates/plain").json()["version"]):
        answer = site.captiond.ask(target, HTTP_X_API_KEY=GOOD)
        t.equal((answer.status, answer.headers["x-accel-expires"],
                 answer.headers["cache-control"].split(",")[0]),
                (200, "0", "private"), "nothing to be kept")


def test_description_and_errors_are_silent(t, site):
    response = asked(site, f"{DRAWN}&key={GOOD}", Accept="application/json")
    t.equal(response.json()["url"], DRAWN,
            "the canonical URL has no key")
    for target in (f"/caption?template=%FF&key={GOOD}",
                   f"/caption?nonsense=1&key={GOOD}", f"/no?key={GOOD}",
                   f"/templates?what=1&key={GOOD}", f"{DRAWN}&KEY={GOOD}"):
        for accept in ("*/*", "text/html"):
            response = asked(site, target, Accept=accept)
            whole = str(response.headers).encode() + response.body
            t.ok(response.status >= 400 and GOOD.encode() not in whole, f"{response.status} says nothing of the key",
                 whole)


def test_pool_away(t, site):
    site.captiond.stop()
    response = asked(site, DRAWN, X_API_Key=GOOD)
    t.equal((response.status, response.headers["Retry-After"]), (503, "2"),
            "a stored picture is not shown unasked")
    t.equal(asked(site, f"{DRAWN}&key={GOOD}").status, 503, "either way")
    site.captiond.start()
    t.equal(asked(site, DRAWN, X_API_Key=GOOD).status, 200, "then it is")


def test_reload(t, site):
    fresh = "f" * 40
    write_keys(site, f"fresh {hash_key(fresh)} render")
    site.captiond.process.send_signal(signal.SIGHUP)
    sites.wait_for(lambda: asked(site, DRAWN, X_API_Key=fresh).status == 200,
                   "the new key")
    sites.wait_for(lambda: asked(site, DRAWN, X_API_Key=GOOD).status == 403,
                   "the old one gone")
    write_keys(site, "fresh nonsense render")
    site.captiond.process.send_signal(signal.SIGHUP)
    sites.wait_for(lambda: "keys: line 1" in site.captiond.log.read_text(),
                   "a line in the log")
    time.sleep(0.2)
    t.equal(asked(site, DRAWN, X_API_Key=fresh).status, 200,
            "a bad file changes nothing")
    write_keys(site, *all_keys())
    site.captiond.process.send_signal(signal.SIGHUP)
    sites.wait_for(lambda: asked(site, DRAWN, X_API_Key=GOOD).status == 200,
                   "and back")


def test_nowhere(t, site):
    """Every file that the servers wrote, with the log at its loudest."""
    secrets = [key.encode() for key in (GOOD, SHORT_LIVED, UNKNOWN, MANAGER,
                                        ENCODED_MANAGER)]
    found = []
    for path in site.folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            found += [f"{path.name}: {secret[:6]!r}" for secret in secrets
                      if secret in data]
    t.equal(found, [], "no key is in any log or cache")
    log = site.captiond.log.read_text()
    t.ok("403" in log or "401" in log, "though refusals are", log[-500:])


def run_check(*options):
    return subprocess.run([sites.CAPTIOND, "--check", *options], text=True,
                          capture_output=True, timeout=sites.DEADLINE_S)


def test_files(t, site):
    """What a start says of files that it can't rely on."""
    path = site.folder / "some"
    base = ("--templates", str(site.templates), "--packs",
            str(site.folder / "packs"))
    line = f"a {hash_key(GOOD)} render\n"
    for what, text, mode, options, message in (
            ("good", line, 0o640, ("--keys", path), ""),
            ("readable by all", line, 0o644, ("--keys", path), "chmod"),
            ("writable by the group", line, 0o660, ("--keys", path), "chmod"),
            ("nonsense", "a b c\n", 0o600, ("--keys", path), "line 1"),
            ("empty", "", 0o600, ("--keys", path), "a key expected"),
            ("needed, not given", "", 0o600, ("--require-stats", "key"),
             "keys: a file expected"),
            ("needed by either", "", 0o600, ("--require-lists", "either"),
             "keys: a file expected"),
            ("secrets readable by all", "s" * 16, 0o644,
             ("--signing-secrets", path), "chmod"),
            ("short secrets", "s" * 15, 0o600, ("--signing-secrets", path),
             "line 1"),
            ("good secrets", "s" * 16, 0o600,
             ("--signing-secrets", path, "--require-render", "signature"),
             "")):
        path.write_text(text)
        path.chmod(mode)
        result = run_check(*base, *map(str, options))
        t.equal(result.returncode, 64 if message else 0, f"keys {what}")
        t.contains(result.stderr, message, f"keys {what}: says so")
        t.ok("sha256$" not in result.stderr and "ssss" not in result.stderr,
             f"keys {what}: without a secret", result.stderr)
    path.unlink()
    t.equal(run_check(*base, "--keys", str(path)).returncode, 64, "no file")
    for key in ("short", "", "with blanks in it, and long"):
        result = subprocess.run([sites.CAPTIOND, "--hash-key"], input=key,
                                text=True, capture_output=True,
                                timeout=sites.DEADLINE_S)
        t.equal((result.returncode, result.stdout), (65, ""),
                f"no hash for '{key}'")


if __name__ == "__main__":
    tap.run(make_site(), test_table, test_log_has_names, test_methods,
            test_two_headers_of_a_name, test_errors_know_no_template,
            test_one_picture_for_all_keys, test_never_unasked,
            test_conditions_are_asked_too, test_other_caches_keep_nothing,
            test_description_and_errors_are_silent, test_pool_away,
            test_reload, test_nowhere, test_files)
