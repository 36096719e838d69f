"""A folder of secrets: files for their owner alone, which appear whole or not at all."""

import contextlib
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.errors import SettingsError, UserError


class SecretFolder:
    """The folder at `path`, made for its owner alone where it is missing."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    def require_room(self, *names: str, instead: str = "Use ") -> None:
        """Raise `UserError` where a file of these names is there already, `SettingsError` where none can be written.

        `instead` begins the mend of the former.
        """
        taken = [str(self.path / name) for name in names if (self.path / name).exists()]
        if taken:
            raise UserError(
                f"{' and '.join(taken)} would be written over.",
                mend=f"{instead}another --secrets-dir, or move the files away.",
            )
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._written("writable", "") as trial:
                trial.unlink()
        except OSError as error:
            raise SettingsError(
                f"{self.path} cannot be written: {error.strerror}",
                mend="Make the folder yours, or name another one with --secrets-dir.",
            ) from error

    def store(self, texts: Mapping[str, str]) -> None:
        """Write each text into the file of its name, with mode 600, over what was there.

        All are on the disk before the first gets its name, and they get their names in the order given.
        """
        with contextlib.ExitStack() as stack:
            written = [(stack.enter_context(self._written(name, text)), name) for name, text in texts.items()]
            for new, name in written:
                new.rename(self.path / name)
        folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextlib.contextmanager
    def _written(self, name: str, text: str) -> Iterator[Path]:
        new = self.path / f".{name}.{secrets.token_hex(8)}"
        try:
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            yield new
        finally:
            new.unlink(missing_ok=True)
