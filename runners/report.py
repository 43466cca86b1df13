"""Output on the terminal: the plan, live progress, the scoreboard."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from benchmarks.data import DataError
from benchmarks.registry import listed_as, load
from runners.formatting import MISSING, NARROW, duration, first_few
from runners.safe_text import LONGEST, LONGEST_CELL, link, visible
from runners.terminal import PIPE, silence

if TYPE_CHECKING:
    from runners.execution.group import Group
    from runners.execution.plan import Plan
    from runners.results.scoreboard import ScoreboardRow

PLURALS = {
    "is skipped": "are skipped",
    "was skipped": "were skipped",
    "has no data": "have no data",
}
MOST_NAMES, MOST_LINES = 12, 6
"""Tasks named in a line about a collection, and lines about one, at most."""
REST = 10.0
"""Seconds between two lines about tasks of a collection."""
START_UP = 15.0
"""Seconds until the first worker trains: loading TensorFlow once."""


class Terminal(Console):
    """A console that ends the program where the pipe of its output was closed."""

    def on_broken_pipe(self) -> None:
        """End without a word, as a program that gets SIGPIPE."""
        silence()
        raise SystemExit(PIPE)


def console() -> Console:
    """The terminal, or plain wide lines where standard output is none."""
    if sys.stdout.isatty():
        return Terminal()
    return Terminal(width=170, color_system=None, force_terminal=False)


def literal(value: object, longest: int = LONGEST_CELL, style: str = "") -> Text:
    """Text for the terminal: shown as it is, never taken for markup.

    Narrow spaces become common ones: not every terminal has them.
    """
    return Text(visible(str(value), longest).replace(NARROW, " "), style=style)


def counted(names: Iterable[str]) -> str:
    """How many benchmarks, and tasks of collections, names are of: `3 benchmarks, 117 tasks`."""
    alone = [listed_as(name) == name for name in names]
    benchmarks, tasks = sum(alone), len(alone) - sum(alone)
    parts = [f"{benchmarks} benchmarks"] if benchmarks or not tasks else []
    return ", ".join([*parts, f"{tasks} task{'s' if tasks > 1 else ''}"] if tasks else parts)


def _listed(plans: Sequence[Plan]) -> dict[str, list[Plan]]:
    """Plans by the name they are listed under."""
    by_name: dict[str, list[Plan]] = {}
    for plan in plans:
        by_name.setdefault(plan.benchmark.collection or plan.benchmark.name, []).append(plan)
    return by_name


def skip_lines(
    skipped: Mapping[str, DataError], verb: str = "is skipped", *, brief: bool = True
) -> list[str]:
    """Lines about skipped benchmarks; own tasks of a collection with one reason share a line.

    A `brief` line has the remedy in short, without the reason, where there is such a remedy.
    """
    alike: dict[tuple[str, str], list[str]] = {}
    for name, error in skipped.items():
        alike.setdefault((listed_as(name), error.reason), []).append(name)
    lines: list[tuple[str, str]] = []
    for (name, _), members in alike.items():
        error = skipped[members[0]]
        reason = f"no data; {error.short}" if brief and error.short else str(error)
        if members == [name]:
            lines.append((name, f"{name} {verb}: {reason}"))
            continue
        names = first_few([member.removeprefix(f"{name}-") for member in members], MOST_NAMES)
        tasks = f"{counted(members)} ({names})"
        of_all = verb if len(members) == 1 else PLURALS.get(verb, verb)
        lines.append((name, f"{name}: {tasks} {of_all}: {reason}"))
    return not_too_many(lines)


def not_too_many(lines: Iterable[tuple[str, str]]) -> list[str]:
    """Lines, each given with the name it is listed under; of a collection `MOST_LINES` at most."""
    counts: dict[str, int] = {}
    kept = []
    for name, line in lines:
        counts[name] = counts.get(name, 0) + 1
        if counts[name] <= MOST_LINES or name not in load().collections:
            kept.append(line)
    rest = {name: n - MOST_LINES for name, n in counts.items() if n > MOST_LINES}
    return kept + [f"{name}: {n} more" for name, n in rest.items() if name in load().collections]


class Reporter:
    """Prints to one console; a progress bar on a terminal, one line a group otherwise."""

    def __init__(self, out: Console) -> None:
        self.out = out
        self.estimated, self.jobs, self.total = 0.0, 1, 0
        self.started = time.monotonic()
        self.bar: Progress | None = None
        self.quiet_until = 0.0

    def say(self, text: str = "") -> None:
        """One line; text from outside is printed as it is, never as markup."""
        self.out.print(literal(text, LONGEST), soft_wrap=True)

    def link(self, label: str, path: Path) -> None:
        """A file to open, as the terminal's user can click it."""
        self.out.print(Text(f"{label}{link(path)}"), soft_wrap=True)

    def warn(self, text: str) -> None:
        """A warning, in bold."""
        self.out.print(literal(f"! {text}", LONGEST, "bold yellow"), soft_wrap=True)

    def table(self, titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """A table of text from outside."""
        table = Table(show_edge=False, pad_edge=False, header_style="bold", expand=False)
        for title in titles:
            table.add_column(title, overflow="fold")
        for row in rows:
            table.add_row(*(literal(cell) for cell in row))
        self.out.print(table)

    def plan(self, plans: Sequence[Plan], skipped: Mapping[str, DataError], jobs: int) -> None:
        """Print the plan: benchmarks, trials, time, where data comes from."""
        todo = sum(len(g.repeats) for plan in plans for g in plan.groups)
        done = sum(plan.done for plan in plans)
        self.estimated, self.jobs = sum(plan.seconds for plan in plans), max(jobs, 1)
        for name, of in _listed(plans).items():
            missing = sum(len(g.repeats) for plan in of for g in plan.groups)
            trials = sum(plan.trials for plan in of)
            state = f"{missing} of {trials} trials to run" if missing else "all done"
            if of[0].benchmark.collection:
                state += f" on {len(of)} tasks"
            self.say(f"  {name:<32} {state:<26} data: {of[0].loaded.copy}")
        for plan in plans:
            for name in plan.resumed:
                self.say(
                    f"  {'':<32} {name}: the repeats missing train in a smaller stack; they equal "
                    "those of the whole stack within tolerance, not to the bit"
                )
            if plan.benchmark.deprecated:
                self.warn(f"{plan.benchmark.name} is deprecated: {plan.benchmark.deprecated}")
        for line in skip_lines(skipped):
            self.warn(line)
        if todo:
            about = duration(START_UP + self.estimated / self.jobs)
            self.say(f"{todo} trials to run ({done} done before), about {about} on {jobs} cores.")
        elif plans:
            self.say(f"Nothing to run: all {done} trials are done and nothing has changed.")

    def start(self, groups: Sequence[Group], *, live: bool = True) -> None:
        """Begin progress over trials; a bar on a terminal only if it may be `live`."""
        self.started = time.monotonic()
        self.total = sum(len(group.repeats) for group in groups)
        if not live or not self.out.is_terminal or not groups:
            return
        self.bar = Progress(
            TextColumn("{task.description:<34}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}", markup=False),
            console=self.out,
            transient=True,
        )
        total: dict[str, int] = {}
        for group in groups:
            name = listed_as(group.benchmark)
            total[name] = total.get(name, 0) + len(group.repeats)
        self.overall = self.bar.add_task("all trials", total=sum(total.values()), note="")
        self.tasks = {
            name: self.bar.add_task(visible(name, LONGEST_CELL), total=n, note="")
            for name, n in total.items()
        }
        self.bar.start()

    def finished(self, group: Group, note: str, seconds_left: float, left: int) -> None:
        """One group is done; `note` is its score or what went wrong.

        Own tasks of a collection have a line every `REST` seconds at most, failures always.
        """
        elapsed = time.monotonic() - self.started
        expected = (self.estimated - seconds_left) / self.jobs
        # Start-up time would make the first guesses wild: begin from the estimate, then learn.
        pace = (elapsed + START_UP) / (expected + START_UP)
        eta = f"about {duration(pace * seconds_left / self.jobs)} left" if left else ""
        name = listed_as(group.benchmark)
        always = name == group.benchmark or note.startswith("failed") or not left
        if always or time.monotonic() >= self.quiet_until:
            done = f"{self.total - left} / {self.total}"
            self.say(f"  {group.label:<44} {note:<28} {', '.join(filter(None, (done, eta)))}")
            if name != group.benchmark:
                self.quiet_until = time.monotonic() + REST
        if self.bar is not None:
            self.bar.advance(self.tasks[name], len(group.repeats))
            self.bar.advance(self.overall, len(group.repeats))
            self.bar.update(self.overall, note=eta)

    def stop(self) -> None:
        """End live progress; safe to call twice."""
        if self.bar is not None:
            self.bar.stop()
            self.bar = None

    def scoreboard(self, rows: Iterable[ScoreboardRow]) -> None:
        """The table at the end: the same rows as the page.

        The gain over the best classical baseline is left out on terminals narrower than `ROOMY`.
        """
        table = Table(show_edge=False, pad_edge=False, header_style="bold", expand=False)
        columns = [one for one in COLUMNS if one[0] != "gain" or self.out.width >= ROOMY]
        for _, title, justify in columns:
            table.add_column(title, justify=justify, overflow="fold")
        for row in rows:
            cells = {} if row.n else {"level": MISSING}
            table.add_row(*(literal(cells.get(key) or getattr(row, key)) for key, _, _ in columns))
        self.out.print(table)


ROOMY = 150
"""Columns of a terminal from which the whole scoreboard fits."""
COLUMNS: tuple[tuple[str, str, Literal["left", "right"]], ...] = (
    ("benchmark", "benchmark", "left"),
    ("entry", "entry", "left"),
    ("score", "score", "right"),
    ("spread_kind", "± is", "left"),
    ("published", "best comparable\npublished", "left"),
    ("verdict", "verdict", "left"),
    ("level", "level", "left"),
    ("gain", "gain over\nclassical", "left"),
    ("seconds", "seconds", "right"),
)
"""Field of `ScoreboardRow`, title and justification."""
