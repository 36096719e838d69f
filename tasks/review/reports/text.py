"""Text that every reader of JSON and of UTF-8 takes."""


def whole(text: str) -> str:
    """Return text without half characters: models can write them, and git's paths that are no UTF-8 hold them."""
    return text.encode("utf-8", "replace").decode()
