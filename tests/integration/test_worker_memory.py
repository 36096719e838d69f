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
import tasks.worker, tasks.worker_start

if sys.argv[1] == "as a worker":
    tasks.worker._keep_sharing()
goes, go = os.pipe()
heard, tell = os.pipe()
child = os.fork()
if child == 0:
    os.read(goes, 1)
    gc.collect()
    os.write(tell, b".")
    os.read(goes, 1)
    os._exit(0)
both = [psutil.Process(), psutil.Process(child)]
shared = lambda: sum(each.memory_full_info().pss for each in both)
before = shared()
gc.collect()
os.write(go, b".")
os.read(heard, 1)
print(shared() - before)
os.write(go, b".")
os.waitpid(child, 0)
"""


def copied(how: str) -> int:
    """Return how many bytes a parent and its child no longer share once both have collected their garbage."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    argv = [sys.executable, "-c", PROGRAM, how]
    return int(subprocess.run(argv, env=environment, check=True, capture_output=True, text=True).stdout)


def test_collecting_garbage_copies_next_to_nothing_of_what_worker_and_slot_share() -> None:
    assert copied("as any process") > 10 * max(1, copied("as a worker"))
