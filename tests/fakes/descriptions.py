"""Bodies and labels of pull requests in memory."""

import dataclasses
from collections.abc import Collection, Mapping, Sequence

from bot.errors import UserError
from bot.events import Repo
from bot.forges.own_labels import require_own


@dataclasses.dataclass
class FakeDescriptions:
    """`bodies` and `labelled` are by number. Before a write, `meanwhile` are the bodies that somebody else writes."""

    bodies: dict[int, str] = dataclasses.field(default_factory=dict)
    labelled: dict[int, list[str]] = dataclasses.field(default_factory=dict)
    meanwhile: list[str] = dataclasses.field(default_factory=list)
    refuses_labels: bool = False

    def replace(self, repo: Repo, number: int, *, before: str, after: str) -> bool:
        if self.meanwhile:
            self.bodies[number] = self.meanwhile.pop(0)
        if self.bodies[number] != before:
            return False
        self.bodies[number] = after
        return True

    def labels(self, repo: Repo, number: int) -> Sequence[str]:
        return tuple(self.labelled.get(number, ()))

    def relabel(self, repo: Repo, number: int, *, add: Mapping[str, str], remove: Collection[str]) -> None:
        require_own([*add, *remove])
        if self.refuses_labels:
            raise UserError("Resource not accessible by integration")
        kept = [*self.labelled.get(number, []), *add]
        self.labelled[number] = [name for name in dict.fromkeys(kept) if name not in remove]
