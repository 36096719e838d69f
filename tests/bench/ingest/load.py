"""Drives wrk: sixteen connections, each request a delivery that was never sent before."""

import dataclasses
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from bench.anchored import BenchError
from bench.ingest.payload import Deliveries

CONNECTIONS = 16
THREADS = 2
_SCRIPT = Path(__file__).with_name("deliver.lua")


@dataclasses.dataclass(frozen=True, slots=True)
class Load:
    """What one round of load got; latencies in milliseconds. `answers` counts by HTTP status."""

    seconds: float
    p50: float
    p99: float
    most: float
    broken: int
    answers: dict[str, int]
    cpu: float = float("nan")  # milliseconds of processor time that the service spent per answer
    others: float = float("nan")  # share of the machine that neither the service nor wrk used, but somebody else

    @property
    def rate(self) -> float:
        """Return the answers per second."""
        return sum(self.answers.values()) / self.seconds


def install_wrk() -> str:
    """Return the path of wrk; install Debian's package where that is ours to do."""
    found = shutil.which("wrk")
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        print("installing wrk from Debian's packages", flush=True)
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        argv = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "wrk"]
        subprocess.run(argv, check=False, stdout=subprocess.DEVNULL, env=quiet)
        found = shutil.which("wrk")
    if found is None:
        raise BenchError("wrk is not installed. Type this once:  sudo apt-get install --no-install-recommends wrk")
    return found


def press(deliveries: Deliveries, *, port: int, path: str, seconds: int, at_most: int = 12_000) -> Load:
    """Send new deliveries as fast as they are answered; `at_most` a second are prepared."""
    with tempfile.TemporaryDirectory() as folder:
        template, tickets = deliveries.write(Path(folder), at_most * seconds, port, path)
        options = ["-t", str(THREADS), "-c", str(CONNECTIONS), "-d", f"{seconds}s", "--timeout", "10s"]
        argv = [install_wrk(), *options, "-s", str(_SCRIPT), f"http://127.0.0.1:{port}{path}"]
        files = ["--", str(template), str(tickets), str(THREADS)]
        run = subprocess.run([*argv, *files], capture_output=True, text=True, timeout=seconds + 60, check=False)
    lines = [line.removeprefix("RESULT ") for line in run.stdout.splitlines() if line.startswith("RESULT ")]
    if not lines:
        raise BenchError(f"wrk gave no result: {(run.stdout + run.stderr)[-2000:]}")
    found = json.loads(lines[0])
    if found.pop("exhausted"):
        raise BenchError(f"more than {at_most} deliveries a second were answered: prepare more of them")
    answers = found.pop("statuses")
    if not answers:
        raise BenchError(f"nothing was answered in {seconds} s")
    return Load(**found, answers=answers)
