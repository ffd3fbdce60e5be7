#!/usr/bin/env python3
"""Compare `catseye scan` with Checkov on the same manifests, in the same run.

Both scan a corpus of `cargo xtask corpus` on one core's worth of work; what counts is CPU time
(user + system, children included), which a busy machine disturbs less than wall time. Everything
that is built or installed stays below target/bench. The standard library is enough.

    benches/checkov.py                         3,000 files
    benches/checkov.py --files 300             a quick look
    benches/checkov.py --require-ratio 100     fail below a ratio of 100
    benches/checkov.py --scaling               catseye alone on 1,000 to 100,000 objects
"""

import argparse
import os
import shutil
import subprocess
import sys
import threading
import time
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / "target" / "bench"
CHECKOV_VERSION = "3.3.30"
TIME_LIMIT_SECONDS = 1800
SCALES = (1_000, 10_000, 100_000)


@dataclass(frozen=True)
class Usage:
    """What one run of a program cost."""

    cpu: float
    wall: float
    rss_mb: float


class BenchError(Exception):
    """The comparison could not be made."""


def main() -> int:
    args = parse_args()
    try:
        if args.scaling:
            return report_scaling(args)
        return report_comparison(args)
    except (BenchError, subprocess.CalledProcessError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=3000, help="files in the corpus")
    parser.add_argument("--seed", type=int, default=1, help="which corpus")
    parser.add_argument("--runs", type=int, default=5, help="runs of catseye; the median counts")
    parser.add_argument(
        "--require-ratio", type=float, metavar="N", help="exit with 1 if Checkov costs less than N times"
    )
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--only-checkov", action="store_true", help="measure Checkov alone")
    only.add_argument("--scaling", action="store_true", help="measure catseye on growing corpora")
    args = parser.parse_args()
    if args.only_checkov and args.require_ratio is not None:
        parser.error("--require-ratio needs both programs; leave out --only-checkov")
    if args.runs < 1 or args.files < 1:
        parser.error("--runs and --files start at 1")
    return args


def report_comparison(args: argparse.Namespace) -> int:
    corpus = BENCH / "corpus"
    objects = write_corpus(corpus, "--files", args.files, args.seed)
    checkov = install_checkov()
    catseye = None if args.only_checkov else build_catseye()

    print(f"{args.files} files, {objects} objects, seed {args.seed}; Checkov {CHECKOV_VERSION}\n")
    print(f"{'':10}{'objects':>9}{'CPU s':>10}{'wall s':>10}{'RSS MB':>9}{'µs/object':>11}")
    ours = None
    if catseye is not None:
        ours = median_usage(scan_command(catseye, corpus), args.runs)
        print_row("catseye", objects, ours)
    theirs = measure(checkov_command(checkov, corpus), environment=offline_environment())
    print_row("checkov", objects, theirs)
    if ours is None:
        return 0

    ratio = theirs.cpu / max(ours.cpu, 1e-6)
    print(f"\nCheckov costs {ratio:.0f} times the CPU time and {theirs.rss_mb / ours.rss_mb:.1f} times the memory")
    if args.require_ratio is not None and ratio < args.require_ratio:
        print(f"error: the ratio is below {args.require_ratio:g}", file=sys.stderr)
        return 1
    return 0


def report_scaling(args: argparse.Namespace) -> int:
    catseye = build_catseye()
    print(f"{'':10}{'objects':>9}{'CPU s':>10}{'wall s':>10}{'RSS MB':>9}{'µs/object':>11}")
    for scale in SCALES:
        corpus = BENCH / f"corpus-{scale}"
        objects = write_corpus(corpus, "--objects", scale, args.seed)
        print_row("catseye", objects, median_usage(scan_command(catseye, corpus), args.runs))
        shutil.rmtree(corpus)
    return 0


def print_row(name: str, objects: int, usage: Usage) -> None:
    each = usage.cpu / objects * 1e6
    print(f"{name:10}{objects:>9}{usage.cpu:>10.3f}{usage.wall:>10.3f}{usage.rss_mb:>9.1f}{each:>11.1f}", flush=True)


def write_corpus(directory: Path, unit: str, count: int, seed: int) -> int:
    """Writes the corpus anew and returns how many objects it holds."""
    shutil.rmtree(directory, ignore_errors=True)
    command = ["cargo", "xtask", "corpus", "--out", directory, unit, str(count), "--seed", str(seed)]
    result = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    # "3000 files, 6910 objects, 7292326 bytes in …"
    return int(result.stdout.split()[2])


def build_catseye() -> Path:
    command = ["cargo", "build", "--release", "--package", "catseye-cli", "--bin", "catseye"]
    subprocess.run(command, cwd=ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return target / "release" / "catseye"


def install_checkov() -> Path:
    """Checkov in a virtual environment of its own; kept from run to run."""
    home = BENCH / "checkov-venv"
    program = home / "bin" / "checkov"
    marker = home / f"installed-{CHECKOV_VERSION}"
    if not marker.exists():
        venv.create(home, with_pip=True, clear=True)
        pip = [home / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, f"checkov=={CHECKOV_VERSION}"], check=True)
        marker.touch()
    return program


def scan_command(catseye: Path, corpus: Path) -> list[str]:
    return [str(catseye), "scan", str(corpus), "--format", "json", "-o", "/dev/null", "--jobs", "1"]


def checkov_command(checkov: Path, corpus: Path) -> list[str]:
    return [
        str(checkov),
        *("--directory", str(corpus)),
        *("--framework", "kubernetes"),
        *("--compact", "--quiet", "--skip-download"),
        *("--output", "json"),
    ]


def offline_environment() -> dict[str, str]:
    """Ours less keys for hosted services; what is still tried fails at once on a closed port."""
    hidden = ("BC_", "PRISMA_", "CKV_", "CHECKOV_")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(hidden)}
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        environment[name] = environment[name.upper()] = "http://127.0.0.1:9"
    for name in ("no_proxy", "NO_PROXY"):
        environment.pop(name, None)
    return environment


def median_usage(command: list[str], runs: int) -> Usage:
    """The run of median CPU time, after one that fills the page cache."""
    measure(command)
    usages = sorted((measure(command) for _ in range(runs)), key=lambda usage: usage.cpu)
    return usages[len(usages) // 2]


def measure(command: list[str], environment: dict[str, str] | None = None) -> Usage:
    """Runs `command` with its output thrown away. Exit codes 0 and 1 mean that it did its work."""
    started = time.monotonic()
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as process:
        timer = threading.Timer(TIME_LIMIT_SECONDS, process.kill)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise BenchError(f"{command[0]} ended with code {process.returncode}")
    # Kibibytes on Linux, bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    return Usage(
        cpu=usage.ru_utime + usage.ru_stime, wall=wall, rss_mb=usage.ru_maxrss * unit / 1e6
    )


if __name__ == "__main__":
    sys.exit(main())
