"""caption render and caption get give what a real server gives, byte by byte."""

import json
import os

import client
import pictures
import sites
import tap

# MACRO and options, and the same for the server.
MACROS = [
    ("plain", [], {"template": "plain"}),
    ("plain{^Need a meme?}{_Why not\\nZoidberg?}", [],
     {"template": "plain", "top_text": "Need a meme?",
      "bottom_text": "Why not\nZoidberg?"}),
    ("plain{-<left}{>right\\}}", ["--width", "200"],
     {"template": "plain", "width": 200, "captions": [
         {"text": "left", "valign": "middle", "halign": "left"},
         {"text": "right}", "valign": "bottom", "halign": "right"}]}),
    ("sheer{see through}", ["--format", "jpg", "--quality", "40"],
     {"template": "sheer", "bottom_text": "see through", "format": "jpeg",
      "quality": 40}),
    ("sheer{see through}", ["--format", "webp"],
     {"template": "sheer", "bottom_text": "see through", "format": "webp"}),
    ("blink{^on}{_off}", [],
     {"template": "blink", "top_text": "on", "bottom_text": "off"}),
    ("blink{on}", ["--height", "30"],
     {"template": "blink", "bottom_text": "on", "height": 30}),
    ("blink{on}", ["--format", "png"],
     {"template": "blink", "bottom_text": "on", "format": "png"}),
    ("photo{^a photo}", [], {"template": "photo", "top_text": "a photo"}),
    ("photo{a}", ["--quality", "95"],
     {"template": "photo", "bottom_text": "a", "quality": 95}),
    ("photo{a}", ["--color", "#ff0", "--outline", "none", "--size", "24",
                  "--font", "broad"],
     {"template": "photo", "bottom_text": "a", "color": "#ff0",
      "outline": None, "size": 24, "font": "broad"}),
]


class Setting(sites.Site):
    def __enter__(self):
        self.cache = self.folder / "cache"
        (self.templates / "blink.gif").write_bytes(pictures.blinking(64, 48))
        shipped = sites.BUILD / "templates/motorway-snail.jpg"
        (self.templates / "photo.jpg").write_bytes(shipped.read_bytes())
        return super().__enter__()

    def render(self, *arguments, **options):
        return client.run(self.cache, "render", "--templates", self.templates,
                          *client.FONTS, *arguments, **options)

    def ask(self, *arguments, **options):
        return client.run(self.cache, "get", "--server",
                          f"http://127.0.0.1:{self.nginx.port}", *arguments,
                          **options)


def test_same_bytes(t, site):
    for macro, options, form in MACROS:
        expected = site.post("/caption", form)
        t.equal(expected.status, 200, f"the server draws {macro} {options}")
        for way in ("made now", "from the cache"):
            drawn = site.render(macro, *options)
            t.ok(drawn.out == expected.body and drawn.status == 0
                 and not drawn.error, f"render gives its bytes, {way}", drawn)
        got = site.ask(macro, *options)
        t.ok(got.out == expected.body and got.status == 0 and not got.error,
             "get gives its bytes", got)
    t.ok(any(site.cache.rglob("*.pack")), "packs are kept in the cache")


def test_json(t, site):
    macro = {"template": "plain", "captions": [
        {"text": "area", "x": 0.1, "y": 0.2, "w": 0.5, "h": 0.5, "angle": 20,
         "shadow": "#00000080"}]}
    text = json.dumps(macro).encode()
    wide = site.post("/caption", {**macro, "width": 100}).body
    for how in (site.render, site.ask):
        t.equal(how("--json", stdin=text).out,
                site.post("/caption", macro).body, f"{how.__name__} --json")
        t.equal(how("--json", "--width", "100", stdin=text).out, wide,
                "options go with it")
        client.failed(t, how("--json", "plain"), client.USAGE,
                      "exclude each other", "not both MACRO and --json")
        client.failed(t, how(), client.USAGE, "MACRO or --json expected",
                      "nor neither")
        client.failed(t, how("--json", "--color", "red", stdin=text),
                      client.USAGE, "--color", "--color is for MACRO")
        client.failed(t, how("--json", stdin=b"{"), client.DATA,
                      "standard input", "broken JSON is named")
        client.failed(t, how("--json", stdin=b" " * 65537), client.DATA,
                      "more than", "too much is not read")


def test_packs_of_the_pool(t, site):
    """A running captiond's packs serve, and are left alone."""
    packs = site.folder / "packs"
    before = {path.name: path.stat() for path in packs.iterdir()}
    cache = site.folder / "another-cache"
    drawn = client.run(cache, "render", "plain{a}", "--templates",
                       site.templates, *client.FONTS, "--packs", packs)
    t.equal(drawn.out, site.caption(template="plain", bottom_text="a").body,
            "its packs give the same bytes")
    t.ok(not cache.exists(), "no pack is made beside them")
    drawn = client.run(cache, "render", "plain{a}", "--templates",
                       site.templates, *client.FONTS, "--packs", packs,
                       "--jpeg-quality", "10")
    t.equal(drawn.status, 0, "packs by another recipe are no trouble")
    after = {path.name: path.stat() for path in packs.iterdir()}
    t.equal({name: st.st_ino for name, st in after.items()},
            {name: st.st_ino for name, st in before.items()},
            "and the pool's stay as they were")


def test_configuration_file(t, site):
    file = site.folder / "captiond.conf"
    file.write_text(f"""[captiond]
templates={site.templates}
fonts={sites.FONTS / "site"}
default-fonts=Block
fallback-fonts={sites.FONTS / "fallback"}
""")
    drawn = client.run(site.cache, "render", "--config", file, "photo{a}")
    t.equal(drawn.out, site.caption(template="photo", bottom_text="a").body,
            "captiond's own file gives captiond's bytes")
    file.write_text("[captiond]\nfnots=x\n")
    client.failed(t, client.run(site.cache, "render", "--config", file, "a"),
                  client.USAGE, "fnots", "a bad file is told")
    client.failed(t, site.render("plain", "--jpeg-quality", "0"),
                  client.USAGE, "--jpeg-quality", "a bad option too")


def test_errors_of_the_server(t, site):
    for arguments, status, message in (
            (["nobody"], client.NO_INPUT,
             "caption: 404: cannot load template `nobody`"),
            (["plain{a}", "--font", "nofont"], client.NO_INPUT,
             "caption: 404: cannot load font `nofont`")):
        client.failed(t, site.ask(*arguments), status, message,
                      f"get {arguments} shows the server's message")
    client.failed(t, site.render("nobody"), client.NO_INPUT,
                  "cannot load template `nobody`", "and render its own")
    client.failed(t, site.render("plian"), client.NO_INPUT,
                  "did you mean `plain`?", "with a suggestion")
    client.failed(t, site.render("plain{a}", "--font", "nofont"),
                  client.NO_INPUT, "cannot load font `nofont`", "for fonts")
    for how in (site.render, site.ask):
        client.failed(t, how("plain{a"), client.DATA,
                      "cannot read the macro: a caption is not closed",
                      "a macro that can't be read")
        client.failed(t, how("plain{a}", "--color", "nocolor"), client.DATA,
                      "captions[0].color", "a colour that is none")
        client.failed(t, how("plain", "--width", "1025"), client.USAGE,
                      "--width", "a width that is too large")
        client.failed(t, how("plain", "--format", "bmp"), client.USAGE,
                      "--format", "a format that is none")


def test_long_macros_are_posted(t, site):
    captions = "".join("{^" + "ж" * 250 + "}" for _ in range(12))
    form = {"template": "plain", "captions": [
        {"text": "ж" * 250, "valign": "top"} for _ in range(12)]}
    t.equal(site.ask("plain" + captions).out,
            site.post("/caption", form).body,
            "a macro too long for a URL gives the same bytes")


def test_description(t, site):
    got = site.ask("plain{a}", "--format", "json")
    t.equal(json.loads(got.out).get("template"), "plain", "get describes")
    client.failed(t, site.render("plain{a}", "--format", "json"),
                  client.USAGE, "caption get", "render says who does")


def test_list_of_the_server(t, site):
    server = f"http://127.0.0.1:{site.nginx.port}"
    names = sorted(path.stem for path in site.templates.iterdir())
    got = client.run(site.cache, "list", "--server", server, "--names")
    t.equal(got.out.decode().split(), names, "its names")
    got = client.run(site.cache, "list", "--server", server, "--json")
    t.equal([card["id"] for card in json.loads(got.out)], names, "its cards")
    table = client.run(site.cache, "list", "--server", server).out.decode()
    t.contains(table, "64x48", "its table has sizes")
    t.equal(len(table.splitlines()), len(names) + 1, "and a line a template")
    local = client.run(site.cache, "list", site.templates, "--names")
    t.equal(local.out.decode().split(), names, "the folder has the same names")


def test_suffix(t, site):
    for suffix, kind in (("jpg", "jpeg"), ("PNG", "png"), ("gif", "gif"),
                         ("txt", "png")):
        file = site.folder / f"out.{suffix}"
        t.equal(site.render("plain{a}", "-o", file).status, 0, f"-o {file.name}")
        t.equal(pictures.kind(file.read_bytes()), kind, f"is {kind}")
        t.equal(file.stat().st_mode & 0o777, 0o666 & ~umask(),
                "with the usual mode")
    file = site.folder / "out.jpg"
    site.render("plain{a}", "--format", "png", "-o", file)
    t.equal(pictures.kind(file.read_bytes()), "png", "--format wins")
    site.ask("plain{a}", "-o", file)
    t.equal(pictures.kind(file.read_bytes()), "jpeg", "get does it too")
    said = site.render("plain{^a}", "-v", "-o", file)
    t.contains(said.error, "plain{^a}: jpeg, 320 x 240", "-v says it")


def umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


if __name__ == "__main__":
    tap.run(Setting(), test_same_bytes, test_json, test_packs_of_the_pool,
            test_configuration_file, test_errors_of_the_server,
            test_long_macros_are_posted, test_description,
            test_list_of_the_server, test_suffix)
