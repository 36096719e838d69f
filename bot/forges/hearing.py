"""Whom the door hears, whichever forge it is: people, and the programs that are listed. Pure."""

import dataclasses

from bot.events import Account


@dataclasses.dataclass(frozen=True, slots=True)
class Hearing:
    """The bot's own account (`login`, empty for one that the forge itself calls a bot), and ids of listed programs."""

    login: str = ""
    bots: frozenset[int] = frozenset()

    def account(self, login: str, number: int, *, is_bot: bool) -> Account:
        """Return the account of that login and id."""
        return Account(login, is_bot=is_bot, is_listed=is_bot and number in self.bots)

    def why_not(self, account: Account) -> str:
        """Return why an account is not listened to; empty when it is."""
        if self.is_own(account.login):
            return "the bot itself did this"
        return f"{account.login} is a bot" if account.is_bot and not account.is_listed else ""

    def is_own(self, login: str) -> bool:
        """Return whether the login is the bot's own."""
        return bool(self.login) and login.lower() == self.login.lower()
