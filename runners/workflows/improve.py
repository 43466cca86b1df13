"""`make improve`: try settings on inner folds, and write the best into the definition.

Inner validation alone judges the settings. The study is a file in the runs folder, of which MLflow
and the page are views; training uses the executor of `make bench`.
"""

from __future__ import annotations

from benchmarks import registry
from benchmarks.data import DataError, Store, default_folder, load
from portfolio.page import build
from runners.execution import backends, engines, locking
from runners.records import study
from runners.records.store import Runs
from runners.report import Reporter, console
from runners.results.summary import collect
from runners.search import outcome, writing
from runners.search.loop import run
from runners.search.session import Options, Session, open_session
from runners.workflows import publishing
from runners.workflows.exit_codes import FAILED, INTERRUPTED, OK, WRONG_REQUEST

__all__ = ["Options", "improve"]


def improve(options: Options) -> int:
    """Run or continue the study of a benchmark and return the exit code of the design.

    0 the settings asked for are tried · 1 data is missing, or none could be trained · 2 there is
    nothing to search · 130 interrupted; the next call goes on. Raises UnknownNameError and
    DefinitionError for a name that is no benchmark.
    """
    report = Reporter(console())
    chosen = registry.select(registry.load(), options.name, "full")
    if len(chosen) != 1:
        report.warn(f"expected the name of one benchmark, received {options.name!r}")
        return WRONG_REQUEST
    (benchmark,) = chosen
    if benchmark.search is None:
        report.warn(
            f"{benchmark.name} declares nothing to search: expected a field such as "
            'search=Search(tunable_mlp, {"units": [32, 64], "dropout": (0.0, 0.5)}) in its '
            "Benchmark(…)"
        )
        return WRONG_REQUEST
    if backends.wanted() != backends.TENSORFLOW:
        report.warn(
            f"expected Keras on TensorFlow, received KERAS_BACKEND={backends.wanted()}; unset it"
        )
        return WRONG_REQUEST
    store = Store(options.data or default_folder(), report=report.say)
    try:
        loaded = load(benchmark.data, store)
    except DataError as error:
        report.warn(f"{benchmark.name}: {error}")
        return FAILED
    with (
        engines.opened(options.engine, None, options.jobs, report.say) as engine,
        locking.in_folder(options.runs, report.say),
    ):
        try:
            session = open_session(options, benchmark, loaded, report, engine, store.folder)
        except ValueError as error:
            report.warn(f"{benchmark.name}: {error}")
            return FAILED
        try:
            run(session)
        except KeyboardInterrupt:
            report.stop()
            report.warn("interrupted; settings that were tried are kept, the same command goes on")
            return INTERRUPTED
        return _close(session)


def _close(session: Session) -> int:
    """Say what was found, write it down, bring MLflow and the page up to date."""
    content, report = session.study, session.report
    outcome.conclude(content, session.search, session.metric.direction)
    study.write(session.place, content)
    report.say()
    for line in outcome.lines(content, session.metric):
        report.say(line)
    report.say(f"Study:  {session.place}")
    code = OK if content["winner"] is not None else FAILED
    if code == OK:
        code = _write(session)
    _publish(session)
    return code


def _write(session: Session) -> int:
    content, report, benchmark = session.study, session.report, session.benchmark
    if not outcome.is_better(content):
        report.say("Nothing was written: the present headline is as good on the inner folds.")
        return OK
    source = writing.source_of(benchmark)
    try:
        top = session.options.top
        lines, description = outcome.winners(content, benchmark, source.read_bytes(), top)
        if not session.options.write:
            report.say("Not written:")
            for line in lines.values():
                report.say(f"  {line}")
            return OK
        writing.write(benchmark, lines)
    except writing.NotWritten as error:
        report.warn(f"{source} is as it was: {error}")
        winner = next(o for o in content["trials"] if o["number"] == content["winner"])
        name = outcome.entry_name(session.search)
        report.say(
            f"To be added by hand: {writing.call(content['make'], name, winner['settings'])}"
        )
        return FAILED
    report.say(f"Written into {source}:")
    for line in lines.values():
        report.say(f"  {line}")
    report.say(
        f"The first is {description}; `make bench ONLY={benchmark.name}` trains what is new."
    )
    return OK


def _publish(session: Session) -> None:
    """MLflow and the page are views: the study is kept when they fail."""
    options, runs = session.options, Runs(session.options.runs)
    known = registry.load()
    collected = collect(runs, known.benchmarks)
    try:
        with locking.with_mlflow(session.report.say):
            publishing.mirror(runs, collected=collected)
    except Exception as error:
        session.report.warn(f"MLflow was not updated: {error}")
    build.build(
        options.runs,
        options.site,
        known.benchmarks,
        collections=known.collections,
    )
    session.report.link("Page:   ", options.site / "index.html")
