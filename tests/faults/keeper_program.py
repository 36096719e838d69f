"""What `codex-bot up --no-engine` does, with the fault worker in place of `codex-bot work`.

`python keeper_program.py PORT PLAN`, where PLAN is JSON; see `worker_program.Plan`.
"""

import sys
from pathlib import Path

from actions.supervisor import Service, Supervisor
from tasks.leaving import Leaving

WORKER = Path(__file__).parent / "worker_program.py"


def main(port: str, plan: str) -> None:
    leaving = Leaving()
    leaving.listen()
    with Supervisor(logs=None, tell=print, wait=leaving.wait) as supervisor:
        supervisor.start(Service("worker", [str(WORKER), plan], {}, program=(sys.executable,)))
        supervisor.start(Service("web", ["serve", "--port", port], {}, f"http://127.0.0.1:{port}/readyz"))
        supervisor.start(Service("sweeper", ["sweep"], {}))
        supervisor.watch()


if __name__ == "__main__":
    main(*sys.argv[1:])
