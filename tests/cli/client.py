"""The program caption, and what its tests share."""

import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]
                       / "integration"))

import sites    # noqa: E402  (below the line that lets it be found)

CAPTION = sites.BUILD / "cli/caption"
FONTS = ["--fonts", str(sites.FONTS / "site"), "--default-fonts", "Block",
         "--fallback-fonts", str(sites.FONTS / "fallback")]

# What a sanitizer says of suppressions would be taken for a message.
QUIET = {"LSAN_OPTIONS": os.environ["LSAN_OPTIONS"] + ":print_suppressions=0"}

# Of sysexits.h.
USAGE, DATA, NO_INPUT, UNAVAILABLE = 64, 65, 66, 69
CANNOT_CREATE, IO, TEMPORARY, PROTOCOL, NO_PERMISSION = 73, 74, 75, 76, 77


class Ended:
    def __init__(self, process):
        self.status = process.returncode
        self.out = process.stdout
        self.error = process.stderr.decode()

    def __repr__(self):
        return f"status {self.status}, {self.error!r}, {self.out[:60]!r}"


def run(cache, *arguments, stdin=b"", **options):
    """caption with a cache of its own; its end is waited for."""
    process = subprocess.run(
        [str(CAPTION), *map(str, arguments)], input=stdin,
        stdout=options.pop("stdout", subprocess.PIPE), stderr=subprocess.PIPE,
        env={**os.environ, **QUIET, "XDG_CACHE_HOME": str(cache),
             **options.pop("env", {})},
        timeout=sites.DEADLINE_S, check=False, **options)
    return Ended(process)


def failed(t, ended, status, message, what):
    """One line that names what is wrong, nothing on standard output."""
    line = ended.error.strip()
    t.ok(ended.status == status and message in line and not ended.out
         and line.startswith("caption: ") and "\n" not in line,
         what, f"expected {status} and {message!r}: {ended}")
