"""Sizes, formats and qualities that are asked for twice get a pack of their
own: what comes of them, and what can't."""

import contextlib

import pictures
import sites
import tap

SNAIL = sites.BUILD / "templates/motorway-snail.jpg"
MIB = 1 << 20

# What is asked, and a request that shares its variant.
ASKED = (
    ("template=snail&width=300", "template=snail&width=300&height=1000"),
    ("template=snail&quality=40", "template=snail&quality=40&width=548"),
    ("template=snail&format=png", None),
    ("template=snail&width=200&format=webp", None),
    ("template=plain&format=jpg", None),
    ("template=plain&width=200", "template=plain&height=150"),
    ("template=sheer&width=50", None),
    ("template=sheer&format=jpg&width=60&quality=50", None),
    ("template=moves&width=40", "template=moves&width=40&format=webp"),
    ("template=moves&format=jpg", None),
    ("template=dot&width=32", None),
    ("template=snail&format=gif", None),
)

# Nothing to gain: the template's own pack serves.
UNASKED = ("template=snail", "template=snail&quality=85", "template=dot",
           "template=snail&width=548", "template=plain&format=webp",
           "template=moves&format=webp", "template=moves&format=png",
           "template=snail&format=json")


def caption(asked, text="Top text"):
    return f"/caption?{asked}&top_text={text.replace(' ', '%20')}"


@contextlib.contextmanager
def site(*options):
    with sites.Site(*options, cache=False) as result:
        result.put("snail.jpg", SNAIL.read_bytes())
        result.put("moves.gif", pictures.blinking(80, 60))
        result.variants = result.folder / "packs/variants"
        sites.wait_for(lambda: {"snail", "moves"} <= result.captiond.names(),
                       "the templates")
        yield result


def stats(s):
    return s.get("/stats").json()["cache"]["variants"]


def files(s):
    return sorted(path.name for path in s.variants.glob("*.pack"))


def used_bytes(s):
    return sum(path.stat().st_size for path in s.variants.iterdir())


def ask_until_made(s, asked):
    """Asks until it is answered from a variant."""
    def is_hit():
        before = stats(s)
        s.get(caption(asked))
        return stats(s)["hits"] > before["hits"]
    sites.wait_for(is_hit, f"a variant for {asked}")


def test_second_asking(t, s):
    for asked, same in ASKED:
        before = stats(s)
        first = s.get(caption(asked))
        t.equal(first.status, 200, f"{asked}: the first")
        t.equal(stats(s)["misses"], before["misses"] + 1, "there was none")
        other = s.get(caption(same or asked, "Another"))
        sites.wait_for(lambda: stats(s)["entries"] == before["entries"] + 1,
                       "the variant")
        again = s.get(caption(asked))
        t.equal(stats(s)["hits"], before["hits"] + 1, "the third has it")
        t.ok(again.body == first.body and
             again.headers["ETag"] == first.headers["ETag"],
             "the same bytes under the same ETag")
        t.equal(other.body, s.get(caption(same or asked, "Another")).body,
                f"{same or asked}: the same bytes too")
        t.equal(stats(s)["hits"], before["hits"] + 2, "from the variant")
    t.equal(len(files(s)), len(ASKED), "one file each")


def test_own_pack_serves(t, s):
    before = stats(s)
    for asked in UNASKED:
        for _ in range(3):
            t.equal(s.get(caption(asked)).status, 200, asked)
    after = stats(s)
    t.equal((after["hits"], after["misses"]),
            (before["hits"], before["misses"]), "nobody looks for a variant")


def test_once_each(t, s):
    kept = files(s)
    for width in range(100, 160):
        s.get(caption(f"template=plain&width={width}"))
    # The one behind them has been heard when this one is made.
    ask_until_made(s, "template=plain&width=99")
    t.equal(len(files(s)), len(kept) + 1, "sizes asked for once make nothing")
    t.ok(set(kept) <= set(files(s)), "and push nothing out")


def test_replaced(t, s):
    asked = "template=plain&width=77"
    ask_until_made(s, asked)
    old, etag = set(files(s)), s.get(caption(asked)).headers["ETag"]
    count = stats(s)["entries"]
    s.put("plain.png", pictures.plain(320, 240, (200, 10, 10)))
    sites.wait_for(lambda: s.get(caption(asked)).headers["ETag"] != etag,
                   "the new picture")
    new = s.get("/templates/plain.png?width=77").body
    t.equal(pictures.size(new), (77, 58), "the new one, in that size")
    fresh = s.get(caption(asked)).body
    sites.wait_for(lambda: stats(s)["entries"] < count, "the old to go")
    ask_until_made(s, asked)
    t.equal(s.get(caption(asked)).body, fresh, "its variant is of the new one")
    (s.templates / "plain.png").unlink()
    sites.wait_for(lambda: "plain" not in s.captiond.names(), "it to go")
    sites.wait_for(lambda: not any(
        b"plain" in (s.variants / name).read_bytes()[:4096]
        for name in files(s)), "its variants to go")
    t.ok(set(files(s)) < old, "the others' stay")


def test_damage(t, s):
    asked = "template=snail&width=300"
    whole = s.get(caption(asked)).body
    ask_until_made(s, asked)
    name = next(name for name in files(s)
                if b"300x230 jpeg" in (s.variants / name).read_bytes()[:4096])
    sound = (s.variants / name).read_bytes()
    at = len(sound) // 2
    beside = s.variants / "beside"
    beside.write_bytes(sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1:])
    beside.rename(s.variants / name)
    for _ in range(3):
        t.equal(s.get(caption(asked)).body, whole, "a damaged one is not used")
    sites.wait_for(lambda: s.get(caption(asked)).body == whole and
                   (s.variants / name).exists() and
                   (s.variants / name).read_bytes()[at] == sound[at],
                   "it to be made anew")
    with open(s.variants / name, "r+b") as file:    # mapped as it is
        file.seek(0)
        file.write(sound[:1])
    sites.wait_for(lambda: s.get(caption(asked)).body == whole and
                   (not (s.variants / name).exists() or
                    (s.variants / name).stat().st_mtime_ns % 10**9 == 0),
                   "one that was written to to go")
    t.equal(s.get(caption(asked)).body, whole, "and the answer is the same")


def test_restart(t, s):
    kept = files(s)
    whole = s.get(caption("template=snail&width=300")).body
    ask_until_made(s, "template=snail&width=300")
    (s.variants / ".x.pack.tmp").write_bytes(b"half")
    (s.variants / "stray.pack").write_bytes(b"no pack")
    t.equal(s.captiond.stop(), 0, "it ends")
    s.captiond.start()
    before = stats(s)
    t.ok(set(kept) <= set(files(s)), "a restart keeps the cache")
    t.ok(before["entries"] >= len(kept), "and counts it")
    t.equal(s.get(caption("template=snail&width=300")).body, whole,
            "the same bytes after it")
    t.equal(stats(s)["hits"], before["hits"] + 1, "from the variant")
    t.equal(list(s.variants.glob(".*")) + list(s.variants.glob("stray*")), [],
            "what is no variant is swept away")


def test_bound(t, _):
    with site("--pack-cache", "2") as s:
        popular = "template=snail&width=400"
        ask_until_made(s, popular)
        for width in range(300, 316):
            ask_until_made(s, f"template=snail&width={width}")
            s.get(caption(popular))
            if not t.ok(used_bytes(s) <= 2 * MIB + MIB // 2,
                        f"{width}: about two MiB at most", used_bytes(s)):
                break
        # What is over goes when the one that is new has been counted.
        sites.wait_for(lambda: used_bytes(s) <= 2 * MIB, "the bound")
        t.ok(len(files(s)) < 17, "the oldest are gone", files(s))
        before = stats(s)
        t.ok(0 < before["fill_rate"] <= 1, "its fill rate", before)
        t.equal(before["capacity"], 2 * MIB, "its capacity")
        s.get(caption(popular))
        t.equal(stats(s)["hits"], before["hits"] + 1, "the popular one stays")


def test_off(t, _):
    with site("--pack-cache", "0") as s:
        asked = "template=snail&width=300"
        first = s.get(caption(asked)).body
        for _ in range(3):
            t.equal(s.get(caption(asked)).body, first, "the same bytes")
        t.equal(stats(s), {"capacity": 0, "fill_rate": 0.0, "misses": 0,
                           "hits": 0, "entries": 0}, "no variants")
        t.equal(files(s), [], "no files")


if __name__ == "__main__":
    tap.run(site(), test_second_asking, test_own_pack_serves, test_once_each,
            test_replaced, test_damage, test_restart, test_bound, test_off)
