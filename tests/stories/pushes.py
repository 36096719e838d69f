"""Somebody's clone of a repository: commits of whole trees, pushed by git itself, over what stood there if need be."""

from collections.abc import Mapping
from pathlib import Path

from bot.git import header_environment, run_git
from stories.forge_worlds import World

Tree = Mapping[str, str]
_WHO = "Ann <ann@localhost> 1767225600 +0000"


class Pushes:
    """ann's bare clone in `folder`; `tips` are the commits that its branches point to."""

    def __init__(self, world: World, folder: Path) -> None:
        self._clone = world.ann.clone(world.repo)
        self._folder = folder
        self.tips: dict[str, str] = {}
        run_git(["init", "--quiet", "--bare", str(folder)])
        self._git("fetch", "--quiet", self._clone.url, "+refs/heads/main:refs/heads/main")
        self.tips["main"] = self._head("main")

    def commit(self, branch: str, tree: Tree, *parents: str) -> str:
        """Let a branch point to a new commit that holds just these files; return its sha."""
        first, *others = parents
        lines = [f"commit refs/heads/{branch}", f"committer {_WHO}", "data 4", "Work", f"from {first}"]
        lines += [f"merge {sha}" for sha in others]
        stream = "\n".join([*lines, "deleteall", ""]).encode()
        for path, text in tree.items():
            content = text.encode()
            stream += b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content)
        run_git(["fast-import", "--quiet", "--force"], cwd=self._folder, stdin=stream)
        self.tips[branch] = self._head(branch)
        return self.tips[branch]

    def push(self, *branches: str) -> None:
        """Send branches to the forge, whatever they pointed to there."""
        self._git("push", "--quiet", self._clone.url, *(f"+refs/heads/{each}" for each in branches))

    def _head(self, branch: str) -> str:
        return self._git("rev-parse", f"refs/heads/{branch}").decode().strip()

    def _git(self, *args: str) -> bytes:
        return run_git(list(args), cwd=self._folder, env_extra=header_environment(self._clone))
