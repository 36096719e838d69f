"""What a person's browser does with a page that holds one form: fill it in, send it, follow where it leads."""

import html.parser
from urllib.parse import urljoin

import requests


class _Form(html.parser.HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}
        self._is_ours = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("action") != "/_visitor":  # the practice forge's choice of who one is
            self._is_ours, self.action = True, given.get("action", "")
        elif tag == "input" and self._is_ours and "name" in given:
            self.fields[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_ours = False


class Browser:
    """One browser; `page` is what it shows."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self.page = requests.Response()

    def open(self, url: str) -> requests.Response:
        self.page = self._session.get(url, timeout=60)
        return self.page

    def send(self, **fields: str) -> requests.Response:
        """Send the page's form, with `fields` filled in or the buttons pressed that they name."""
        form = _Form(self.page.text)
        assert form.action is not None, self.page.text
        url = urljoin(self.page.url, form.action)
        self.page = self._session.post(url, data=form.fields | fields, timeout=60)
        return self.page
