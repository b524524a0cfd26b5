"""mkpicture: the kind of picture that each input becomes, and each refusal."""
import os
import pathlib
import struct
import subprocess
import tempfile
import zlib

MKPICTURE = os.path.abspath("templates/mkpicture")


def png(width, height, pixel):
    """A PNG of RGBA pixels; pixel(x, y) gives the four bytes."""
    def chunk(name, body):
        return (struct.pack(">I", len(body)) + name + body +
                struct.pack(">I", zlib.crc32(name + body)))

    rows = b"".join(b"\0" + b"".join(bytes(pixel(x, y)) for x in range(width))
                    for y in range(height))
    return (b"\x89PNG\r\n\x1a\n" +
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0,
                                       0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


INPUTS = {
    "flat.png": png(16, 16, lambda x, y: (200, 10 * (x > y), 0, 255)),
    "rich.png": png(32, 16, lambda x, y: (8 * x, 16 * y, 99, 255)),
    "clear.png": png(16, 16, lambda x, y: (1, 2, 3, 16 * x)),
    "small.png": png(8, 16, lambda x, y: (0, 0, 0, 255)),
    "broken.png": png(16, 16, lambda x, y: (0, 0, 0, 255))[:60],
    "text.png": b"no picture at all",
}

# arguments, exit status, and a check of the output or a word of the message
PNG_TYPE = 25
CASES = [
    ("flat.png stays exact", ["out.png", "flat.png"], 0,
     lambda data: data[PNG_TYPE] == 3 and bytes((200, 10, 0)) in data),
    ("rich.png is truecolour", ["out.png", "rich.png"], 0,
     lambda data: data[PNG_TYPE] == 2),
    ("rich.png in 16 colours", ["--colors=16", "out.png", "rich.png"], 0,
     lambda data: data[PNG_TYPE] == 3 and
     struct.pack(">I", 16 * 3) + b"PLTE" in data),
    ("clear.png keeps its alpha", ["out.png", "clear.png"], 0,
     lambda data: data[PNG_TYPE] == 6),
    ("clear.png keeps it whatever the colours",
     ["--colors=16", "out.png", "clear.png"], 0,
     lambda data: data[PNG_TYPE] == 6),
    ("a JPEG", ["out.jpg", "rich.png"], 0,
     lambda data: data[:2] == b"\xff\xd8" and data[-2:] == b"\xff\xd9"),
    ("a still GIF does not loop", ["out.gif", "flat.png"], 0,
     lambda data: data[:4] == b"GIF8" and b"NETSCAPE" not in data and
     data[6:10] == struct.pack("<HH", 16, 16)),
    ("two frames, half a second each",
     ["--delay=50", "out.gif", "flat.png", "flat.png"], 0,
     lambda data: data.count(b"NETSCAPE2.0\x03\x01\0\0") == 1 and
     data.count(b"\x21\xf9\x04\x04\x32\0") == 2),
    ("a transparent JPEG", ["out.jpg", "clear.png"], 1, "transparent"),
    ("a PNG of two frames", ["out.png", "flat.png", "flat.png"], 1, "GIF"),
    ("frames of two sizes", ["out.gif", "flat.png", "small.png"], 1,
     "small.png"),
    ("an unknown suffix", ["out.bmp", "flat.png"], 1, "expected"),
    ("no such input", ["out.png", "none.png"], 1, "none.png"),
    ("half an input", ["out.png", "broken.png"], 1, "broken.png"),
    ("no picture", ["out.png", "text.png"], 1, "text.png"),
    ("no folder to write to", ["none/out.jpg", "flat.png"], 1, "none/out.jpg"),
    ("no folder for a GIF", ["none/out.gif", "flat.png"], 1, "none/out.gif"),
    ("no input", ["out.png"], 64, "Usage"),
    ("quality 0", ["--quality=0", "out.jpg", "flat.png"], 64, "Usage"),
    ("quality 1", ["--quality=1", "out.jpg", "rich.png"], 0, len),
    ("quality 100", ["--quality=100", "out.jpg", "rich.png"], 0, len),
    ("quality 101", ["--quality=101", "out.jpg", "flat.png"], 64, "Usage"),
    ("colors 1", ["--colors=1", "out.png", "flat.png"], 64, "Usage"),
    ("colors 2", ["--colors=2", "out.gif", "rich.png"], 0, len),
    ("colors 256", ["--colors=256", "out.gif", "rich.png"], 0, len),
    ("colors 257", ["--colors=257", "out.png", "flat.png"], 64, "Usage"),
    ("delay 0", ["--delay=0", "out.gif", "flat.png"], 64, "Usage"),
    ("delay 65536", ["--delay=65536", "out.gif", "flat.png"], 64, "Usage"),
    ("an unknown option", ["--lossless", "out.png", "flat.png"], 64,
     "lossless"),
]


def run(arguments):
    """(exit status, message, output or None), in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        for name, data in INPUTS.items():
            pathlib.Path(folder, name).write_bytes(data)
        done = subprocess.run([MKPICTURE, *arguments], cwd=folder,
                              capture_output=True, text=True, timeout=60)
        outputs = list(pathlib.Path(folder).glob("out.*"))
        data = outputs[0].read_bytes() if outputs else None
        return done.returncode, done.stderr, data


def check(arguments, status, wanted):
    code, message, data = run(arguments)
    assert code == status, f"exit {code}: {message}"
    if status:
        assert wanted in message, message
        assert data is None, "half a picture left behind"
        return
    assert wanted(data), data[:64]
    assert run(arguments)[2] == data, "another time, other bytes"


def check_full_disk(name):
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "in.png").write_bytes(INPUTS["rich.png"])
        output = pathlib.Path(folder, name)
        output.symlink_to("/dev/full")
        done = subprocess.run([MKPICTURE, name, "in.png"], cwd=folder,
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 1, f"exit {done.returncode}"
        assert name in done.stderr, done.stderr
        assert not output.is_symlink(), "half a picture left behind"


def cases():
    for name, *case in CASES:
        yield name, check, case
    for name in ("out.gif", "out.jpg", "out.png"):
        yield f"a full disk: {name}", check_full_disk, (name,)


def main():
    listed = list(cases())
    print(f"1..{len(listed)}")
    for number, (name, call, arguments) in enumerate(listed, 1):
        try:
            call(*arguments)
            print(f"ok {number} - {name}")
        except Exception as error:  # each failure is a TAP line
            print(f"not ok {number} - {name}")
            print(f"# {type(error).__name__}: {error}")


main()
