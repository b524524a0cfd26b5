"""Each row of the macro's reference, in the query form and in JSON: what is
accepted shows in the description, what is refused says why."""

import json
import urllib.parse

import sites
import tap


def text(**properties):
    return {"text": "x", "valign": "top", **properties}


def drawn(**expected):
    return {"captions": [expected]}


PREFIXES = ("top", "middle", "bottom")

# What is asked beside the template, and what the description then says.
ACCEPTED = [
    ("a template and nothing else", {}, {
        "template": "plain", "width": 320, "height": 240, "format": "png",
        "captions": []}),
    ("width", {"width": 160}, {"width": 160, "height": 120}),
    ("height", {"height": 60}, {"width": 80, "height": 60}),
    ("both, the picture fits inside", {"width": 160, "height": 160},
     {"width": 160, "height": 120}),
    ("the largest side", {"width": 1024}, {"width": 1024, "height": 768}),
    ("keys in any case", {"Top_Text": "x"}, drawn(text="x", valign="top")),
    ("keys with space around", {" top_text ": "x"},
     drawn(text="x", valign="top")),
    ("format jpeg", {"format": "jpeg"}, {"format": "jpeg"}),
    ("format jpg", {"format": "jpg"}, {"format": "jpeg"}),
    ("format png", {"format": "png"}, {"format": "png"}),
    ("quality 1", {"format": "jpeg", "quality": 1}, {"format": "jpeg"}),
    ("quality 100", {"format": "jpeg", "quality": 100}, {"format": "jpeg"}),
    ("one string", {"captions": ["a"]}, drawn(text="a", valign="bottom")),
    ("two strings", {"captions": ["a", "b"]}, {"captions": [
        {"text": "a", "valign": "top"}, {"text": "b", "valign": "bottom"}]}),
    ("three strings", {"captions": ["a", "b", "c"]}, {"captions": [
        {"text": "a", "valign": "top"}, {"text": "b", "valign": "middle"},
        {"text": "c", "valign": "bottom"}]}),
    ("no strings", {"captions": []}, {"captions": []}),
    ("simple captions have the defaults", {"top_text": "x"}, drawn(
        valign="top", halign="center", color="#ffffff", outline="#000000",
        size="auto")),
    ("a full caption has the defaults", {"captions": [text()]}, drawn(
        valign="top", halign="center", color="#ffffff", outline="#000000",
        size="auto")),
    ("captions sorted by place", {"captions": [
        text(valign="bottom"), text(halign="right"), text(halign="left")]},
     {"captions": [{"valign": "top", "halign": "left"},
                   {"valign": "top", "halign": "right"},
                   {"valign": "bottom", "halign": "center"}]}),
    ("sixteen captions", {"captions": [text()] * 16},
     {"captions": [{"text": "x"}] * 16}),
    ("color for all", {"top_text": "a", "bottom_text": "b", "color": "red"},
     {"captions": [{"color": "#ff0000"}] * 2}),
    ("outline for all", {"top_text": "a", "outline": "red"},
     drawn(outline="#ff0000")),
    ("size for all", {"top_text": "a", "size": 20},
     drawn(size=20, size_px=20)),
    ("font for all", {"top_text": "a", "bottom_text": "b", "font": "Broad"},
     {"captions": [{"font": "Broad"}] * 2}),
    ("color for all, outline for one",
     {"top_text": "a", "color": "red", "top_outline": "blue"},
     drawn(color="#ff0000", outline="#0000ff")),
    ("256 code points", {"top_text": "m" * 256}, drawn(text="m" * 256)),
    ("NFC", {"top_text": "e\u0301"}, drawn(text="\u00e9")),
    ("256 code points after NFC", {"top_text": "e\u0301" * 256},
     drawn(text="\u00e9" * 256)),
    ("eight marks in a row", {"top_text": "x" + "\u0323" * 8}, drawn()),
    ("sixteen line breaks", {"top_text": "\n".join("x" * 17)}, drawn()),
    ("a question mark and a bracket in a text", {"top_text": "why? [ok]"},
     drawn(text="why? [ok]")),
    ("right to left", {"top_text": "שלום"}, drawn(text="שלום")),
    ("an emoji", {"top_text": "😀"}, drawn(text="😀")),
    ("align for halign", {"captions": [text(align="left")]},
     drawn(halign="left")),
    ("outline null", {"captions": [text(outline=None)]}, drawn(outline=None)),
    ("size fit", {"captions": [text(size="fit")]}, drawn(size="fit")),
    ("size flex", {"captions": [text(size="flex")]}, drawn(size="fit")),
    ("size shrink", {"captions": [text(size="shrink")]},
     drawn(size="shrink")),
    ("size auto", {"captions": [text(size="auto")]}, drawn(size="auto")),
    ("size 12.5", {"captions": [text(size=12.5)]}, drawn(size=12.5)),
    ("an area in the place of valign",
     {"captions": [{"text": "x", "x": 0.5, "y": 0.5, "w": 0.5, "h": 0.5}]},
     drawn(text="x")),
    ("outline_width", {"captions": [text(outline_width=5)]}, drawn()),
    ("shadow", {"captions": [text(shadow="rgba(0,0,0,0.5)")]}, drawn()),
    ("background", {"captions": [text(background="#ff000080")]}, drawn()),
    ("opacity 0", {"captions": [text(opacity=0)]}, drawn()),
    ("opacity 1", {"captions": [text(opacity=1)]}, drawn()),
    ("angle", {"captions": [text(angle=-30.5)]}, drawn()),
] + [
    (f"{prefix}_{name} {value}", {f"{prefix}_text": "x",
                                  f"{prefix}_{name}": value},
     drawn(valign=prefix, **expected))
    for prefix in PREFIXES
    for name, value, expected in (
        ("text", "y", {"text": "y"}),
        ("align", "left", {"halign": "left"}),
        ("align", "center", {"halign": "center"}),
        ("align", "right", {"halign": "right"}),
        ("color", "#123456", {"color": "#123456"}),
        ("outline", "#123456", {"outline": "#123456"}),
        ("outline", "none", {"outline": None}),
        ("outline", "", {"outline": None}),
        ("font", "Broad", {"font": "Broad"}),
        ("size", 21, {"size": 21, "size_px": 21}),
        ("size", "shrink", {"size": "shrink"}),
        ("size", "fit", {"size": "fit"}))
] + [
    (f"{name} {value}", {"captions": [text(**{name: value})]},
     drawn(**{name: value}))
    for name, value in (
        ("valign", "top"), ("valign", "middle"), ("valign", "bottom"),
        ("halign", "left"), ("halign", "center"), ("halign", "right"),
        ("font", "Block"), ("font", "Broad"))
] + [
    (f"case {case}",
     {"captions": [text(text="Straße ab", case=case, size=20)]},
     drawn(lines=[line], text="Straße ab"))
    for case, line in (("none", "Straße ab"), ("upper", "STRASSE AB"),
                       ("lower", "straße ab"), ("title", "Straße Ab"))
] + [
    (f"color {value}", {"captions": [text(color=value)]}, drawn(color=color))
    for value, color in (
        ("rebeccapurple", "#663399"), ("ReD", "#ff0000"),
        ("#abc", "#aabbcc"), ("#a1b2c3", "#a1b2c3"),
        ("0xa1b2c3", "#a1b2c3"), ("$A1B2C3", "#a1b2c3"),
        ("rgb(1,2,3)", "#010203"), ("rgb(1, 2, 3)", "#010203"),
        ("hsl(120,100%,50%)", "#00ff00"))
]

# The same where only one of the forms can say it.
ONLY_JSON = [
    ("color [r,g,b]", {"captions": [text(color=[1, 2, 3])]},
     drawn(color="#010203")),
    ("color {r,g,b}", {"captions": [text(color={"r": 1, "g": 2, "b": 3})]},
     drawn(color="#010203")),
    ("color {red,green,blue}",
     {"captions": [text(color={"red": 1, "green": 2, "blue": 3})]},
     drawn(color="#010203")),
    ("color with names mixed",
     {"captions": [text(color={"r": 1, "green": 2, "b": 3})]},
     drawn(color="#010203")),
    ("top_outline null", {"top_text": "x", "top_outline": None},
     drawn(outline=None)),
]

ONLY_QUERY = [
    ("a plus is a space", "top_text=a+b", drawn(text="a b")),
    ("an escaped plus is a plus", "top_text=a%2Bb", drawn(text="a+b")),
    ("decoded once", "top_text=a%2525", drawn(text="a%25")),
    ("a raw question mark", "top_text=why?", drawn(text="why?")),
    ("a raw bracket", "top_text=[a]", drawn(text="[a]")),
    ("indices in any order", "captions[1]=b&captions[0]=a", {"captions": [
        {"text": "a", "valign": "top"}, {"text": "b", "valign": "bottom"}]}),
    ("escaped brackets in a key", "captions%5B0%5D=a", drawn(text="a")),
    ("outline none", "captions[0][text]=x&captions[0][valign]=top"
     "&captions[0][outline]=none", drawn(outline=None)),
]

NO_COLOR = ("abcdef", "abc", "0xabc", "$abc", "#0xabcdef", "#ab", "#abcde",
            "", "nocolor", "rgb(1,2)")

# What is asked beside the template, and what the error must say.
REFUSED = [
    ("an unknown key", {"colour": "red"}, "colour"),
    ("an unknown key of a caption", {"captions": [text(colour="red")]},
     "colour"),
    ("width too large", {"width": 1025}, "width"),
    ("height too large", {"height": 1025}, "height"),
    ("width 0", {"width": 0}, "width"),
    ("width below 0", {"width": -1}, "width"),
    ("width no number", {"width": "wide"}, "width"),
    ("quality 0", {"quality": 0}, "quality"),
    ("quality 101", {"quality": 101}, "quality"),
    ("an unknown format", {"format": "bmp"}, "format"),
    ("color twice", {"top_text": "a", "color": "red", "top_color": "red"},
     "duplicate field"),
    ("outline twice",
     {"top_text": "a", "outline": "red", "top_outline": "red"},
     "duplicate field"),
    ("size twice", {"top_text": "a", "size": 9, "top_size": 9},
     "duplicate field"),
    ("font twice", {"top_text": "a", "font": "x", "top_font": "x"},
     "duplicate field"),
    ("keys that differ in case", {"top_text": "a", "TOP_TEXT": "b"},
     "top_text"),
    ("captions and simple captions", {"captions": ["a"], "top_text": "b"},
     "captions"),
    ("captions and color", {"captions": ["a"], "color": "red"}, "captions"),
    ("captions mixed", {"captions": ["a", text()]},
     "captions must be either all texts, or all complete representations"),
    ("four strings", {"captions": list("abcd")},
     "invalid length 4, expected 0, 1, 2, or 3 strings"),
    ("seventeen captions", {"captions": [text()] * 17}, "16"),
    ("a caption without text", {"captions": [{"valign": "top"}]}, "text"),
    ("an empty text", {"captions": [text(text="")]}, "text"),
    ("a text of 257 code points", {"top_text": "m" * 257}, "256"),
    ("nine marks in a row", {"top_text": "x" + "\u0323" * 9}, "8"),
    ("seventeen line breaks", {"top_text": "\n".join("x" * 18)}, "16"),
    ("a control character", {"top_text": "a\x01b"}, "top_text"),
    ("no valign and no area", {"captions": [{"text": "x"}]}, "valign"),
    ("an unknown valign", {"captions": [text(valign="centre")]},
     "unknown variant `centre`, expected"),
    ("halign justify", {"captions": [text(halign="justify")]},
     "unknown variant `justify`, expected"),
    ("align justify", {"top_text": "x", "top_align": "justify"},
     "unknown variant `justify`, expected"),
    ("align and halign", {"captions": [text(align="left", halign="left")]},
     "align"),
    ("a transparent color", {"captions": [text(color="transparent")]},
     "color transparency not supported"),
    ("a color with alpha", {"captions": [text(color="#ff000080")]},
     "color transparency not supported"),
    ("an outline with alpha", {"captions": [text(outline="rgba(0,0,0,0.5)")]},
     "color transparency not supported"),
    ("size 0", {"captions": [text(size=0)]}, "size"),
    ("size below 0", {"captions": [text(size=-1)]}, "size"),
    ("size 1025", {"captions": [text(size=1025)]}, "size"),
    ("an unknown size", {"captions": [text(size="huge")]}, "size"),
    ("x over 1", {"captions": [text(x=1.1, y=0, w=1, h=1)]}, "x"),
    ("w below 0", {"captions": [text(x=0, y=0, w=-1, h=1)]}, "w"),
    ("x without y", {"captions": [{"text": "a", "x": 0.5}]}, "y"),
    ("opacity over 1", {"captions": [text(opacity=1.1)]}, "opacity"),
    ("opacity below 0", {"captions": [text(opacity=-0.1)]}, "opacity"),
    ("an unknown case", {"captions": [text(case="camel")]},
     "unknown variant `camel`, expected"),
    ("an angle that is no number", {"captions": [text(angle="steep")]},
     "angle"),
    ("outline_width below 0", {"captions": [text(outline_width=-1)]},
     "outline_width"),
    ("outline_width too large", {"captions": [text(outline_width=33)]},
     "outline_width"),
] + [
    (f"color '{value}'", {"captions": [text(color=value)]}, "color")
    for value in NO_COLOR
]

REFUSED_JSON = [
    ("no object", "[]", "cannot decode request"),
    ("nothing", "{", "cannot decode request"),
    ("two values", '{"template": "plain"} {}', "cannot decode request"),
    ("a key twice", '{"template": "plain", "template": "plain"}', "template"),
    ("a template that is no string", '{"template": 1}', "template"),
    ("captions that are no array", '{"template": "plain", "captions": "x"}',
     "captions"),
    ("a caption that is a number", '{"template": "plain", "captions": [1]}',
     "captions"),
    ("a text that is an array", '{"template": "plain", "top_text": ["x"]}',
     "top_text"),
    ("a width that is an array", '{"template": "plain", "width": [1]}',
     "width"),
    ("a width that is a string", '{"template": "plain", "width": "160"}',
     "width"),
    ("not a number", '{"template": "plain", "width": NaN}',
     "cannot decode request"),
    ("a color of two", '{"template": "plain", "captions": [{"text": "x", '
     '"valign": "top", "color": [1, 2]}]}', "color"),
    ("a color over 255", '{"template": "plain", "captions": [{"text": "x", '
     '"valign": "top", "color": [1, 2, 256]}]}', "color"),
    ("no template", "{}", "template"),
    ("an empty template", '{"template": ""}', "template"),
]

REFUSED_QUERY = [
    ("no template", "top_text=x", "template"),
    ("an empty template", "template=", "template"),
    ("a key twice", "template=plain&template=plain", "template"),
    ("a gap in the indices",
     "template=plain&captions[0]=a&captions[2]=b", "captions"),
    ("an index that is no number", "template=plain&captions[a]=b",
     "captions"),
    ("an index without end", "template=plain&captions[0=b", "captions"),
    ("a bad escape", "template=plain&top_text=%zz", "cannot decode request"),
    ("a NUL", "template=plain&top_text=a%00b", "cannot decode request"),
    ("not UTF-8", "template=plain&top_text=%ff", "UTF-8"),
]


def is_part(expected, got):
    """Whether all that is expected is in got."""
    if isinstance(expected, dict):
        return isinstance(got, dict) and all(
            key in got and is_part(value, got[key])
            for key, value in expected.items())
    if isinstance(expected, list):
        return isinstance(got, list) and len(expected) == len(got) and \
            all(map(is_part, expected, got))
    return expected == got


def described(t, response, expected, what):
    got = response.json() if response.status == 200 else response.body
    t.ok(response.status == 200 and is_part(expected, got), what,
         f"{response.status} {got}\nexpected {expected}")


def in_both_forms(row, site, **extra):
    macro = {"template": "plain", **row, **extra}
    yield "query", site.caption(**macro)
    yield "JSON", site.post("/caption", macro)


def test_accepted(t, site):
    for what, row, expected in ACCEPTED:
        picture = {"format": row["format"]} if "format" in row else {}
        for form, response in in_both_forms(row, site, **picture):
            t.ok(response.status == 200
                 and response.headers["Content-Type"].startswith("image/"),
                 f"{form}: {what} gives a picture", response.body[:300])
        response = site.get("/caption?" + sites.query(
            {"template": "plain", **row}), accept="application/json")
        described(t, response, expected, f"query: {what} is described")
        if "format" not in row:
            response = site.post("/caption", {
                "template": "plain", **row, "format": "json"})
            described(t, response, expected, f"JSON: {what} is described")


def test_only_one_form(t, site):
    for what, row, expected in ONLY_JSON:
        response = site.post("/caption", {
            "template": "plain", "format": "json", **row})
        described(t, response, expected, f"JSON: {what}")
    for what, row, expected in ONLY_QUERY:
        response = site.get(f"/caption?template=plain&format=json&{row}")
        described(t, response, expected, f"query: {what}")


def refused(t, response, message, what):
    t.equal(response.status, 400, f"{what} is refused")
    t.ok(response.error().startswith("cannot decode request: ")
         and message in response.error(), f"{what}: the error says why",
         f"no {message!r} in {response.body!r}")


def test_refused(t, site):
    for what, row, message in REFUSED:
        for form, response in in_both_forms(row, site):
            refused(t, response, message, f"{form}: {what}")
    for what, body, message in REFUSED_JSON:
        refused(t, site.post("/caption", body), message, f"JSON: {what}")
    for what, row, message in REFUSED_QUERY:
        refused(t, site.get("/caption?" + row), message, f"query: {what}")


def test_forms_agree(t, site):
    """A picture does not depend on the way its macro came."""
    macro = {"template": "plain", "top_text": "Need a meme?",
             "bottom_text": "Why not Zoidberg?", "color": "#ffee00"}
    pictures = [response.body for _, response in in_both_forms(macro, site)]
    pictures.append(site.post(
        "/caption", sites.query(macro),
        "application/x-www-form-urlencoded").body)
    t.equal(len(set(pictures)), 1, "GET, JSON and form give the same bytes")
    t.ok(pictures[0] != site.caption(template="plain").body,
         "and they are not the blank's")


def test_canonical_url(t, site):
    macro = {"template": "plain", "captions": [
        text(text="a & b? [ü]", halign="right", color=[1, 2, 3],
             outline=None, size="fit", case="upper", opacity=0.5)],
        "width": 200}
    described_once = site.post("/caption", {**macro, "format": "json"}).json()
    url = urllib.parse.urlsplit(described_once["url"])
    t.equal(url.path, "/caption", "the canonical URL is a caption's")
    t.equal(site.get(described_once["url"]).body,
            site.post("/caption", macro).body, "it gives the same bytes")
    again = site.get(described_once["url"], accept="application/json").json()
    t.equal(again, described_once, "and the same description",)


def test_unknown_names(t, site):
    for form, response in in_both_forms({"template": "nobody"}, site):
        t.equal(response.status, 404, f"{form}: an unknown template is 404")
        t.contains(response.error(), "cannot load template `nobody`",
                   f"{form}: and is named")
    for form, response in in_both_forms(
            {"top_text": "x", "top_font": "nofont"}, site):
        t.equal(response.status, 404, f"{form}: an unknown font is 404")
        t.contains(response.error(), "cannot load font `nofont`",
                   f"{form}: and is named")


def test_fonts(t, site):
    names = site.get("/fonts").json()
    t.equal(names, ["Block", "Block-Heavy", "Broad"], "/fonts is sorted")
    for name in names:
        for spelling in (name, name.upper(), name.lower()):
            for form, response in in_both_forms(
                    {"top_text": "x", "font": spelling}, site):
                t.equal(response.status, 200, f"{form}: font {spelling}")


if __name__ == "__main__":
    tap.run(sites.Site(), test_accepted, test_only_one_form, test_refused,
            test_forms_agree, test_canonical_url, test_unknown_names,
            test_fonts)
