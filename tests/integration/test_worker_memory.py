"""The slots of a worker share the memory of their parent, also after the garbage collector came by."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# In a process of its own: what a test suite has in memory is no measure.
PROGRAM = """
import gc, os, sys
import celery.apps.worker, psutil
import tasks.worker, tasks.worker_command

heard, tell = os.pipe()
child = os.fork()
if child == 0:
    if sys.argv[1] == "as a slot":
        tasks.worker._keep_sharing()
    own = psutil.Process()
    before = own.memory_full_info().uss
    gc.collect()
    os.write(tell, str(own.memory_full_info().uss - before).encode())
    os._exit(0)
print(os.read(heard, 100).decode())
os.waitpid(child, 0)
"""


def copied(how: str) -> int:
    """Return how many bytes of its parent's memory a child has for itself once its garbage is collected."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    argv = [sys.executable, "-c", PROGRAM, how]
    return int(subprocess.run(argv, env=environment, check=True, capture_output=True, text=True).stdout)


def test_a_slot_copies_next_to_nothing_of_its_workers_memory() -> None:
    assert copied("as any child") > 10 * max(1, copied("as a slot"))
