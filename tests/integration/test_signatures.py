"""Signed URLs, made here by Python's hmac: another reading of the same rule."""

import base64
import hashlib
import hmac
import os
import re
import shutil
import subprocess
import time

import sites
import tap

SECRET, OLD_SECRET = "correct horse battery staple", "the secret of last year"
OTHER = "a secret from somewhere else"
MACRO = "template=plain&top_text=hello"
TARGET = "/caption?" + MACRO
# As in the documentation.
VECTOR = ("/caption?template=snail&top_text=Need%20a%20meme%3F&exp=1893456000",
          "XPG-5SmnUKW8qhb9_dxS3w-K2Sdux8DVWPV8wh0HS5o")


def signature(target, secret=SECRET):
    digest = hmac.new(secret.encode(), target.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest.digest()).decode().rstrip("=")


def sign(target, secret=SECRET, seconds=None):
    if seconds is not None:
        target += ("&" if "?" in target else "?") + \
            f"exp={int(time.time()) + seconds}"
    return target + ("&" if "?" in target else "?") + \
        "sig=" + signature(target, secret)


def make_site():
    site = sites.Site()
    path = site.folder / "secrets"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write(f"# the newest first\n{SECRET}\n{OLD_SECRET}\n")
    site.captiond.options = ("--signing-secrets", str(path),
                             "--require-render", "signature",
                             "--require-stats", "signature", "-v", "-v")
    return site


def table():
    good = signature(TARGET)
    swapped = good[:-1] + ("A" if good[-1] != "A" else "E")
    # The same 32 bytes in other letters: the last one has two bits to spare.
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
        "0123456789-_"
    spare = good[:-1] + letters[letters.index(good[-1]) ^ 1]
    standard = signature(VECTOR[0]).replace("-", "+").replace("_", "/")
    late = TARGET + f"&exp={int(time.time()) - 1}"
    return (
        # what, target, status
        ("signed", sign(TARGET), 200),
        ("by the secret of before", sign(TARGET, OLD_SECRET), 200),
        ("with an end to come", sign(TARGET, seconds=600), 200),
        ("exp first", sign(f"/caption?exp={int(time.time()) + 600}&{MACRO}"),
         200),
        ("in another order, signed so",
         sign("/caption?top_text=hello&template=plain"), 200),
        ("another route", sign("/stats"), 200),
        ("nothing", TARGET, 401),
        ("by another's secret", sign(TARGET, OTHER), 403),
        ("by no secret", sign(TARGET, ""), 403),
        ("another order", f"/caption?top_text=hello&template=plain&sig={good}",
         403),
        ("another text", f"{TARGET}!&sig={good}", 403),
        ("another encoding",
         f"/caption?template=plai%6e&top_text=hello&sig={good}", 403),
        ("another path", f"/caption.png?{MACRO}&sig={good}", 403),
        ("a trailing slash", f"/caption/?{MACRO}&sig={good}", 403),
        ("one parameter more", f"{TARGET}&width=100&sig={good}", 403),
        ("an ampersand more", f"{TARGET}&&sig={good}", 403),
        ("sig twice", f"{TARGET}&sig={good}&sig={good}", 403),
        ("sig twice, signed so", sign(f"{TARGET}&sig={good}"), 403),
        ("sig not last", f"{TARGET}&sig={good}&width=100", 403),
        ("sig first", f"/caption?sig={good}&{MACRO}", 403),
        ("sig, then an ampersand", f"{TARGET}&sig={good}&", 403),
        ("sig in a value", f"/caption?template=plain&top_text=?sig={good}",
         401),
        ("%73ig", f"{TARGET}&%73ig={good}", 400),
        ("%73ig before", sign(f"{TARGET}&%73ig={good}"), 400),
        ("SIG", f"{TARGET}&SIG={good}", 400),
        ("sig without =", f"{TARGET}&sig", 400),
        ("empty", f"{TARGET}&sig=", 403),
        ("cut short", f"{TARGET}&sig={good[:-1]}", 403),
        ("half", f"{TARGET}&sig={good[:21]}", 403),
        ("one letter more", f"{TARGET}&sig={good}A", 403),
        ("padded", f"{TARGET}&sig={good}=", 403),
        ("padding, encoded", f"{TARGET}&sig={good}%3D", 403),
        ("another last letter", f"{TARGET}&sig={swapped}", 403),
        ("spare bits", f"{TARGET}&sig={spare}", 403),
        ("the other alphabet", f"{VECTOR[0]}&sig={standard}", 403),
        ("hexadecimal", f"{TARGET}&sig=" + hmac.new(
            SECRET.encode(), TARGET.encode(), hashlib.sha256).hexdigest(),
         403),
        ("letters encoded", f"{TARGET}&sig=%{ord(good[0]):02x}{good[1:]}",
         403),
        ("a NUL", f"{TARGET}&sig={good}%00", 403),
        ("letters outside ASCII", f"{TARGET}&sig=" + "%C3%A9" * 20, 403),
        ("past its end", sign(TARGET, seconds=-1), 403),
        ("long past its end", sign(f"{TARGET}&exp=1"), 403),
        ("at its end", sign(TARGET, seconds=0), 403),
        ("its end put off", f"{late}0&sig={signature(late)}", 403),
        ("its end taken away", f"{TARGET}&sig={signature(late)}", 403),
        ("an end behind sig",
         f"{TARGET}&sig={good}&exp={int(time.time()) + 600}", 403),
        ("two ends", sign(f"{TARGET}&exp=9999999999&exp=9999999999"), 403),
        ("%65xp", sign(f"{TARGET}&%65xp=9999999999"), 400),
        ("an end that is no number", sign(f"{TARGET}&exp=tomorrow"), 403),
        ("a negative end", sign(f"{TARGET}&exp=-1"), 403),
        ("an end out of range", sign(f"{TARGET}&exp=" + "9" * 20), 403),
        ("an end without sig", f"{TARGET}&exp=9999999999", 400),
        ("a key where none is known", sign(f"{TARGET}&key=abc"), 400),
    )


def test_table(t, site):
    # Stored already, for who may.
    site.get(sign(TARGET))
    for what, target, status in table():
        response = site.get(target)
        t.equal(response.status, status, f"{what}: {status}")


def test_methods(t, site):
    t.equal(site.request("HEAD", sign(TARGET)).status, 200, "HEAD as GET")
    t.equal(site.request("HEAD", sign(TARGET, OTHER)).status, 403,
            "HEAD refused as GET")
    t.equal(site.request("HEAD", sign(TARGET, seconds=-1)).status, 403,
            "HEAD past its end")
    for body in (b'{"template": "plain"}', b""):
        t.equal(site.request("POST", sign("/caption"), {
            "Content-Type": "application/json"}, body).status, 403,
            "POST: a body is not signed")
    t.equal(site.request("DELETE", sign("/caption")).status, 405, "DELETE")


def seen_around(site, expires):
    """(past the end, status) of requests that one second began and ended."""
    target = f"{TARGET}&exp={expires}"
    target += "&sig=" + signature(target)
    seen = set()
    while time.time() < expires + 0.5:
        before = int(time.time())
        status = site.get(target).status
        if before == int(time.time()):
            seen.add((before >= expires, status))
        time.sleep(0.05)
    return seen


def test_clock_edge(t, site):
    """Served until its last second, and not in the next."""
    for seconds in (2, 4, 8, 16):     # a machine under load sees no edge
        seen = seen_around(site, int(time.time()) + seconds)
        if len(seen) > 1:
            break
    t.equal(seen, {(False, 200), (True, 403)}, "both sides of the edge")


def test_one_picture_for_all(t, site):
    mark = TARGET + "+all"
    ways = [site.get(sign(mark)), site.get(sign(mark, OLD_SECRET)),
            site.get(sign(mark, seconds=100)),
            site.get(sign(mark, seconds=200))]
    t.equal([way.status for way in ways], [200] * 4, "four signatures")
    t.equal(len({way.body for way in ways}), 1, "one picture")
    t.equal(len({way.headers["ETag"] for way in ways}), 1, "one ETag")
    found = [data for data in (path.read_bytes() for path in
             (site.nginx.folder / "cache").rglob("*") if path.is_file())
             if b"hello+all" in data]
    t.equal(len(found), 1, "stored once")
    t.ok(b"sig=" not in found[0] and b"exp=" not in found[0],
         "without a signature")
    t.equal(site.nginx.last_log(ways[-1].headers["X-Request-ID"])[9],
            "REVALIDATED", "and asked for")
    description = site.request("GET", sign(mark), {
        "Accept": "application/json"}).json()
    t.equal(description["url"], TARGET + "%20all",
            "nor has the canonical URL one")


def test_vector(t, _):
    target, expected = VECTOR
    text = (sites.SOURCE / "docs/access.md").read_text()
    t.ok(f"{target}&sig={expected}\n" in text and SECRET in text,
         "the documentation has it")
    t.equal(signature(target), expected, "by Python's hmac")
    if not shutil.which("openssl"):
        t.skip("there is no openssl")
        return
    digest = subprocess.run(
        ["openssl", "dgst", "-sha256", "-hmac", SECRET, "-binary"],
        input=target.encode(), capture_output=True, check=True,
        timeout=sites.DEADLINE_S).stdout
    t.equal(base64.urlsafe_b64encode(digest).decode().rstrip("="), expected,
            "by openssl")


def test_nowhere(t, site):
    log = site.captiond.log.read_text() + \
        (site.nginx.folder / "access.log").read_text() + \
        (site.nginx.folder / "error.log").read_text()
    t.ok(not re.search(r"(sig|exp)=\w", log) and
         signature(TARGET) not in log, "no signature is in a log", log[-500:])
    t.ok(SECRET not in log, "nor a secret")


if __name__ == "__main__":
    tap.run(make_site(), test_table, test_methods, test_clock_edge,
            test_one_picture_for_all, test_vector, test_nowhere)
