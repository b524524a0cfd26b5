"""Pictures made and measured without a library."""

import struct
import zlib


def png(width, height, pixel):
    """An RGBA picture; pixel(x, y) gives four numbers."""
    rows = b"".join(
        b"\0" + b"".join(bytes(pixel(x, y)) for x in range(width))
        for y in range(height))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data +
        struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)),
            (b"IDAT", zlib.compress(rows)),
            (b"IEND", b"")))


def plain(width, height, color):
    return png(width, height, lambda x, y: (*color, 255))


def gif(width, height, color):
    """A still picture of one colour."""
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + \
        bytes(color) + bytes(3) + _frame(width, height, 0) + b";"


def blinking(width, height):
    """An animation of two frames, red and blue, forever."""
    shown = b"!\xf9\x04\x04\x14\0\0\0"    # 20/100 s, left as it is
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + \
        b"\xff\0\0\0\0\xff" + b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0" + \
        shown + _frame(width, height, 0) + shown + \
        _frame(width, height, 1) + b";"


def _frame(width, height, index):
    """A frame of one index, each pixel's code after a clear one."""
    codes = (4, index) * (width * height) + (5,)    # 3 bits: clear is 4, end 5
    bits = "".join(format(code, "03b")[::-1] for code in codes)
    bits += "0" * (-len(bits) % 8)
    data = bytes(int(bits[i:i + 8][::-1], 2) for i in range(0, len(bits), 8))
    blocks = b"".join(bytes([len(data[i:i + 255])]) + data[i:i + 255]
                      for i in range(0, len(data), 255))
    return b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + \
        b"\x02" + blocks + b"\0"


def kind(data):
    for name, start in (("jpeg", b"\xff\xd8\xff"), ("gif", b"GIF8"),
                        ("png", b"\x89PNG\r\n\x1a\n")):
        if data.startswith(start):
            return name
    return None


def size(data):
    """Width and height, as the file's header says."""
    what = kind(data)
    if what == "png":
        return struct.unpack(">II", data[16:24])
    if what == "gif":
        return struct.unpack("<HH", data[6:10])
    offset = 2
    while what == "jpeg":
        marker, length = struct.unpack(">xBH", data[offset:offset + 4])
        if 0xc0 <= marker <= 0xc2:
            height, width = struct.unpack(">HH", data[offset + 5:offset + 9])
            return width, height
        offset += 2 + length
    raise ValueError(f"not a picture: {data[:40]!r}")


def is_whole(data):
    """Whether the picture's own end is where the data ends."""
    return data.endswith({"jpeg": b"\xff\xd9", "gif": b";",
                          "png": b"IEND\xaeB`\x82"}.get(kind(data), b"-"))
