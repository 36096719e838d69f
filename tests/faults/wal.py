"""Reads SQLite's write-ahead log: where the last commit in it ends. https://www.sqlite.org/fileformat2.html#walformat"""

import struct

_HEADER, _FRAME_HEADER = 32, 24


def valid_end(log: bytes) -> tuple[bytes, int]:
    """Return (salt, offset behind the last commit's last frame) of a log; the salt is new whenever it begins anew."""
    if len(log) < _HEADER:
        return b"", 0
    (page_size,) = struct.unpack(">I", log[8:12])
    salt = log[16:24]
    end, place = _HEADER, _HEADER
    while place + _FRAME_HEADER + page_size <= len(log):
        _page, pages_after_commit = struct.unpack(">II", log[place : place + 8])
        if log[place + 8 : place + 16] != salt:
            break  # left from before the log began anew
        place += _FRAME_HEADER + page_size
        if pages_after_commit:
            end = place
    return salt, end
