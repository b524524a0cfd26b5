"""captiond's options: what is taken, what is refused with status 64, and what
--check prints."""

import configparser
import contextlib
import os
import pathlib
import re
import socket
import subprocess
import tempfile

import sites
import tap

EX_USAGE = 64


def captiond(*options, **popen):
    return subprocess.run([str(sites.CAPTIOND), *map(str, options)],
                          capture_output=True, text=True,
                          timeout=sites.DEADLINE_S,
                          stdin=subprocess.DEVNULL, **popen)


@contextlib.contextmanager
def folder():
    """Folders that options may name."""
    with tempfile.TemporaryDirectory(prefix="captiond-test-") as name:
        path = pathlib.Path(name)
        (path / "templates").mkdir()
        (path / "fonts").mkdir()
        yield path


def check(path, *options):
    """What --check says is in force, as a mapping."""
    result = captiond("--check", "--templates", path / "templates",
                      "--packs", path / "packs", *options)
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(result.stdout)
    return result, dict(parser["captiond"]) if result.returncode == 0 else {}


# An option, a value that is taken, and values that are not.
NUMBERS = [
    ("workers", 1, ["0", "-1", "513", "x", "1.5", "", " 1", "1e3"]),
    ("workers", 512, []),
    ("jpeg-quality", 1, ["0", "101", "high"]),
    ("jpeg-quality", 100, []),
    ("gif-quality", 1, ["0", "101", "high"]),
    ("gif-quality", 100, []),
    ("template-cache", 1, ["0", "-5", "many"]),
    ("font-cache", 1, ["0", "-5", "many"]),
    ("pack-cache", 0, ["-1", "1048577", "1G"]),
    ("request-timeout", 0, ["-1", "3601", "1s"]),
    ("shutdown-timeout", 0, ["-1", "3601", "1s"]),
]


def test_numbers(t, path):
    for name, good, bad in NUMBERS:
        result, settings = check(path, f"--{name}", good)
        t.equal((result.returncode, settings.get(name)), (0, str(good)),
                f"--{name} {good} is taken")
        for value in bad:
            result, _ = check(path, f"--{name}={value}")
            t.equal(result.returncode, EX_USAGE,
                    f"--{name} '{value}' is refused")
            t.ok(name in result.stderr and f"'{value}'" in result.stderr and
                 "expected" in result.stderr,
                 f"--{name} '{value}': the error names all three",
                 result.stderr)


def test_defaults(t, path):
    _, settings = check(path)
    for name, value in (("jpeg-quality", "85"), ("request-timeout", "10"),
                        ("shutdown-timeout", "30"), ("preload", "all")):
        t.equal(settings.get(name), value, f"{name} is {value}")
    t.ok(int(settings["workers"]) >= 1, "a worker for each processor")


def test_preload(t, path):
    for given, kept in ((["all"], "all"), (["both"], "all"),
                        (["none"], "none"), (["templates"], "templates"),
                        (["fonts"], "fonts"),
                        (["templates", "fonts"], "all")):
        options = [word for one in given for word in ("--preload", one)]
        result, settings = check(path, *options)
        t.equal((result.returncode, settings.get("preload")), (0, kept),
                f"--preload {' and '.join(given)}")
    for given in (["some"], ["none", "fonts"], ["all", "none"]):
        options = [word for one in given for word in ("--preload", one)]
        result, _ = check(path, *options)
        t.ok(result.returncode == EX_USAGE and "preload" in result.stderr,
             f"--preload {' and '.join(given)} is refused", result.stderr)


def test_verbosity(t, path):
    for options, is_good in ((["-v"], True), (["-vv"], True), (["-q"], True),
                             (["-v", "-q"], False), (["-qq", "-v"], False)):
        result, _ = check(path, *options)
        t.equal(result.returncode, 0 if is_good else EX_USAGE,
                f"{' '.join(options)} is {'taken' if is_good else 'refused'}")


def test_file(t, path):
    file = path / "captiond.conf"
    file.write_text("[captiond]\nworkers=3\njpeg-quality=70\n")
    _, settings = check(path, "--config", file)
    t.equal((settings["workers"], settings["jpeg-quality"]), ("3", "70"),
            "a key file is read")
    _, settings = check(path, "--workers", 5, "--config", file)
    t.equal(settings["workers"], "5", "the command line wins")
    for what, text, names in (
            ("an unknown key", "[captiond]\nworker=3\n", "worker"),
            ("an unknown group", "[captions]\nworkers=3\n", "captions"),
            ("a bad value", "[captiond]\nworkers=many\n", "'many'"),
            ("no key file", "workers\n", str(file)),
            ("a bad preload", "[captiond]\npreload=none;fonts\n",
             "preload")):
        file.write_text(text)
        result, _ = check(path, "--config", file)
        t.equal(result.returncode, EX_USAGE, f"{what} is refused")
        t.contains(result.stderr, names, f"{what} is named")
    result, _ = check(path, "--config", path / "nowhere.conf")
    t.equal(result.returncode, EX_USAGE, "a file that is not there")
    result, settings = check(path, "--workers", 4)
    file.write_text(result.stdout)
    again, _ = check(path, "--config", file)
    t.equal(again.stdout, result.stdout, "--check prints a file to read back")


def test_check_makes_nothing(t, path):
    packs = path / "not" / "there"
    result = captiond("--check", "--templates", path / "templates",
                      "--packs", packs)
    t.equal(result.returncode, 0, "packs that can be made are good")
    t.ok(not packs.parent.exists(), "--check makes no folder")
    (path / "a-file").write_text("")
    for packs in (path / "a-file", path / "a-file" / "packs"):
        result = captiond("--check", "--templates", path / "templates",
                          "--packs", packs)
        t.equal(result.returncode, EX_USAGE, f"packs in {os.path.basename(packs)} are refused")
        t.contains(result.stderr, str(packs), "packs that can't be are named")


def test_refused(t, path):
    for what, options, names in (
            ("an unknown option", ["--worker", "1"], "--worker"),
            ("an option without value", ["--workers"], "--workers"),
            ("a word", ["start"], "start"),
            ("a folder that is not there", [
                "--templates", path / "nowhere"], "nowhere"),
            ("fonts that are not there", [
                "--templates", path / "templates", "--fonts",
                path / "nowhere"], "nowhere")):
        result = captiond("--packs", path / "packs", *options)
        t.equal(result.returncode, EX_USAGE, f"{what} is refused")
        t.contains(result.stderr, names, f"{what} is named")


def test_listen(t, path):
    folders = ["--templates", path / "templates", "--packs", path / "packs"]
    for address in ("", "nowhere", "unix:", "localhost:", ":80", "h:port",
                    "unix:/" + "a" * 200, "localhost:99999"):
        result = captiond("--listen", address, *folders)
        t.equal(result.returncode, EX_USAGE,
                f"--listen '{address:.20}' is refused")
        t.ok("listen: " in result.stderr or "listen on" in result.stderr,
             f"--listen '{address:.20}': the option is named", result.stderr)
        t.contains(result.stderr, f"'{address}'",
                   f"--listen '{address:.20}': what was given is named")
    result = captiond(*folders)
    t.equal(result.returncode, EX_USAGE, "nothing to listen on is refused")
    t.contains(result.stderr, "--listen", "and says what to do")
    file = path / "file"
    file.write_text("mine")
    result = captiond("--listen", f"unix:{file}", *folders)
    t.ok(result.returncode not in (0, EX_USAGE), "a file is not replaced",
         result.returncode)
    t.equal(file.read_text(), "mine", "and stays as it is")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = captiond("--listen", f"127.0.0.1:{port}", *folders)
    t.ok(result.returncode not in (0, EX_USAGE), "a taken port",
         result.returncode)
    t.contains(result.stderr, str(port), "is named")


def test_words(t, path):
    result = captiond("--version")
    t.ok(result.returncode == 0 and result.stdout.startswith("captiond "),
         "--version", result.stdout)
    result = captiond("--help")
    t.equal(result.returncode, 0, "--help")
    options = set(re.findall(r"--[a-z-]+(?=[= ])", result.stdout))
    for option in ("--listen", "--workers", "--templates", "--fonts",
                   "--packs", "--jpeg-quality", "--gif-quality",
                   "--template-cache", "--font-cache", "--pack-cache",
                   "--preload",
                   "--request-timeout", "--shutdown-timeout", "--verbose",
                   "--quiet", "--check", "--config"):
        t.ok(option in options, f"--help tells of {option}", options)
    readme = (sites.SOURCE / "README.md").read_text()
    told = set(re.findall(r"--[a-z-]+", readme)) | {"--verbose", "--quiet"}
    t.equal(sorted(options - told), [], "README.md tells of each option")


if __name__ == "__main__":
    tap.run(folder(), test_numbers, test_defaults, test_preload,
            test_verbosity, test_file, test_check_makes_nothing, test_refused,
            test_listen, test_words)
