"""Opening a link for the person, where there is a browser; the link is printed in any case."""

import os
import sys
import webbrowser

from actions.console import say

_SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")


def show_link(what: str, link: str, *, opens: bool) -> None:
    """Print what a link is for and the link; open it where `opens` and a browser with a window can be found.

    Without a screen nothing is opened: a browser in text mode would take the terminal over.
    """
    say(f"{what}:\n\n    {link}\n")
    if not opens:
        return
    has_screen = sys.platform in {"darwin", "win32"} or any(os.environ.get(name) for name in _SCREENS)
    if not (has_screen and webbrowser.open(link)):
        say("  (no browser was found here: open the link by hand)")
