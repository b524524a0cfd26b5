"""The manual pages say what the programs do: each setting with its default
and its range, each option, each field of the access log."""

import contextlib
import pathlib
import re
import shutil
import subprocess
import tempfile

import sites
import tap

DOCS = sites.SOURCE / "docs"
# Options that are no keys of the file; and the one key that is no option.
ALONE = {"config", "verbose", "quiet", "check", "status", "hash-key",
         "version", "help"}
KEY_ALONE = {"verbosity"}


def captiond(*options):
    return subprocess.run([str(sites.CAPTIOND), *options], text=True,
                          capture_output=True, stdin=subprocess.DEVNULL,
                          timeout=sites.DEADLINE_S)


def items(page, section=None):
    """The entries of a page's lists: what their heads name, and their text."""
    text = (DOCS / page).read_text()
    if section is not None:
        text = text.partition(f".Sh {section}\n")[2].partition("\n.Sh ")[0]
    found = {}
    for entry in re.split(r"^\.It ", text, flags=re.M)[1:]:
        head, _, body = entry.partition("\n")
        body = re.split(r"^\.(?:El|Ss|Sh)", body, flags=re.M)[0]
        for name in re.findall(r"(?:^Cm|Fl -) ?([a-z_-]+)", head):
            found[name] = " ".join(
                re.sub(r"^\.[A-Z][a-z] ", "", line) for line in
                body.splitlines())
    return found


def options():
    """What --help lists: the name and its line."""
    lines = captiond("--help").stdout.splitlines()
    return {match[1]: line for line in lines
            if (match := re.match(r"\s+(?:-\w, )?--([a-z-]+)", line))}


def test_settings(t, _):
    told = items("captiond.conf.5", "DESCRIPTION")
    t.equal(sorted(told), sorted(set(options()) - ALONE | KEY_ALONE),
            "captiond.conf(5) tells of each setting and of no other")


def test_options(t, _):
    t.equal(sorted(set(items("captiond.8"))), sorted(ALONE),
            "captiond(8) tells of each option that is no setting")


def test_defaults(t, _):
    told = items("captiond.conf.5", "DESCRIPTION")
    checked = 0
    for name, line in options().items():
        match = re.search(r"\(default: ([^ /-][^ /]{0,60})\)$", line)
        if name in ALONE or not match:
            continue
        t.contains(told.get(name, ""), f"Default: {match[1]}.",
                   f"the default of {name}")
        checked += 1
    t.ok(checked > 15, "most have one", checked)


def test_ranges(t, folder):
    told = items("captiond.conf.5", "DESCRIPTION")
    checked = 0
    for name in set(told) - KEY_ALONE:
        said = captiond("--check", "--templates", str(folder),
                        "--packs", str(folder), f"--{name}=?").stderr
        match = re.search(r"a whole number from (\d+ to \d+) expected", said)
        if match:
            t.contains(told[name], match[1], f"the range of {name}")
            checked += 1
    t.ok(checked > 10, "many have one", checked)


def test_fields(t, folder):
    said = captiond("--check", "--templates", str(folder), "--packs",
                    str(folder), "--access-log-format={?}").stderr
    fields = re.search(r"one of \{([a-z_|]+)\}", said)[1].split("|")
    t.equal(list(items("captiond.conf.5", "FIELDS")), fields,
            "captiond.conf(5) tells of each field of the access log")


def test_form(t, _):
    if shutil.which("mandoc") is None:
        t.skip("mandoc is not installed")
        return
    for page in sorted(DOCS.glob("*.[1-8]")):
        result = subprocess.run(
            ["mandoc", "-T", "lint", "-W", "warning", str(page)],
            capture_output=True, text=True, timeout=60)
        t.equal((result.returncode, result.stdout), (0, ""),
                f"mandoc finds {page.name} well formed")


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(prefix="captiond-test-") as name:
        yield pathlib.Path(name)


if __name__ == "__main__":
    tap.run(folder(), test_settings, test_options, test_defaults, test_ranges,
            test_fields, test_form)
