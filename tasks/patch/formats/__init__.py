"""The edit formats that a reply may be written in; a new one is one module and one row in `reading`."""

from tasks.patch.formats.reading import read_reply

__all__ = ["read_reply"]
