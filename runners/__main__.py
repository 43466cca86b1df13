"""The command line: `python -m runners bench|list|data|doctor|plan|audit|…`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.definition import SENTINEL, SUITES
from runners import stopping
from runners.engines import ENGINES

TIMEOUT = "longest a group may take (default: 20 times what is expected of it, 600 at least)"
MEMORY = "most a worker may take (default: 90 %% of what there is)"


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 wrong request, 130 stopped."""
    options = _parser().parse_args(arguments)
    from benchmarks.registry import DefinitionError, UnknownNameError
    from runners.engines import EngineError

    try:
        return int(options.command(options))
    except (UnknownNameError, DefinitionError, EngineError) as error:
        _error(str(error))
        return 2
    except OSError as error:
        _error(
            f"{error}; free some space or choose a folder that can be written to "
            "(--runs, --site, KERASFOLIO_DATA)"
        )
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def _error(text: str) -> None:
    from runners.report import visible

    print(f"error: {visible(text)}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m runners", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(name: str, function: object, about: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=about, description=about)
        added.set_defaults(command=function)
        return added

    def selection(added: argparse.ArgumentParser, suite: str) -> None:
        names = "|".join((*SUITES, SENTINEL))
        added.add_argument("--suite", default=suite, metavar=names)
        added.add_argument("--only", metavar="NAMES", help="such as 'uci/*,cifar/cifar10'")

    run = command("bench", _bench, "train what is missing, update MLflow and the page")
    selection(run, "standard")
    run.add_argument("--jobs", type=_cores, default=0, help="cores to use (default: all)")
    run.add_argument("--fresh", action="store_true", help="train again what is already done")
    run.add_argument("--strict", action="store_true", help="missing data is a failure")
    run.add_argument("--runs", type=Path, default=Path("runs"), help="folder of the records")
    run.add_argument("--site", type=Path, default=Path("portfolio/site"))
    run.add_argument("--engine", choices=ENGINES, default="local", help="docs/engines.md")
    run.add_argument("--address", metavar="tcp://HOST:8786", help="scheduler of the engine dask")
    run.add_argument("--timeout", type=_limit, default=0.0, metavar="SECONDS", help=TIMEOUT)
    run.add_argument("--memory", type=_limit, default=0.0, metavar="GB", help=MEMORY)

    made = command("new", _new, "make a benchmark of a table, images, a series or a UCI number")
    made.add_argument("name", help="such as mine/churn")
    made.add_argument("--from", dest="source", required=True, metavar="DATA", help="file or folder")
    made.add_argument("--target", default="", metavar="COLUMN", help="what is to be predicted")
    made.add_argument(
        "--task", default="", metavar="TASK", help="classification|regression|forecast"
    )
    made.add_argument("--metric", default="", help="accuracy, rmse, mae or a scorer's name")
    made.add_argument("--force", action="store_true", help="write an existing definition anew")

    listing = command("list", _list, "what there is")
    listing.add_argument("--json", action="store_true", help="an array of objects")

    data = command("data", _data, "fetch data ahead of time, or import it from a folder")
    selection(data, "full")
    data.add_argument("--from", type=Path, dest="source", metavar="DIR")

    doctor = command("doctor", _doctor, "what is there, missing or wrong, and what to do")
    doctor.add_argument("--json", action="store_true", help="an array of objects")
    doctor.add_argument("--runs", type=Path, default=Path("runs"), help="folder of the records")

    plan = command("plan", _plan, "trials, time and the smallest difference they can show")
    plan.add_argument("name", nargs="?", help="such as uci/concrete (default: the whole suite)")
    selection(plan, "standard")
    plan.add_argument("--runs", type=Path, default=Path("runs"), help="folder of the records")

    audit = command("audit", _audit, "what the field's known shortcuts would have bought")
    audit.add_argument("name", help="such as cifar/cifar10")
    audit.add_argument("--runs", type=Path, default=Path("runs"), help="folder of the records")

    improved = command("improve", _improve, "try settings, write the best into the definition")
    improved.add_argument("name", help="such as uci/wine; its definition declares `search`")
    improved.add_argument("--trials", type=_settings, default=50, help="settings in all")
    improved.add_argument("--jobs", type=_cores, default=0, help="cores to use (default: all)")
    improved.add_argument("--runs", type=Path, default=Path("runs"), help="folder of the studies")
    improved.add_argument("--site", type=Path, default=Path("portfolio/site"))
    improved.add_argument("--timeout", type=_limit, default=0.0, metavar="SECONDS", help=TIMEOUT)
    improved.add_argument("--memory", type=_limit, default=0.0, metavar="GB", help=MEMORY)
    improved.add_argument("--top", type=_settings, default=1, help="best settings to be written")
    improved.add_argument("--engine", choices=("local", "serial"), default="local")
    improved.add_argument("--no-write", action="store_false", dest="write", help="only print it")

    sync = command("sync", _sync, "rebuild MLflow from the records")
    sync.add_argument("--runs", type=Path, default=Path("runs"))

    compared = command("compare", _compare, "whether scores moved between two sets of runs")
    for side in ("A", "B"):
        compared.add_argument(side, help="a runs folder, a git ref, or an MLflow experiment")
    compared.add_argument("--json", action="store_true", help="an object with all numbers")
    compared.add_argument("--runs", type=Path, default=Path("runs"), help="folder of mlflow.db")

    verified = command("verify", _verify, "train a recorded group again and compare")
    verified.add_argument("run", help="a record file, an MLflow run id, or uci/wine/mlp-64/0")
    verified.add_argument("--runs", type=Path, default=Path("runs"), help="folder of the records")

    predicted = command("predict", _predict, "new rows through a kept network, as CSV on stdout")
    predicted.add_argument("name", help="such as mine/churn")
    predicted.add_argument("file", nargs="?", type=Path, help="a table, or images, of new rows")
    predicted.add_argument("--submission", action="store_true", help="in the competition's form")
    predicted.add_argument("--keep", default="", metavar="COLUMNS", help="repeat these in front")
    predicted.add_argument("--runs", type=Path, default=Path("runs"), help="folder of the records")

    notebook = command("notebook", _notebook, "a benchmark as a JupyterLab notebook")
    notebook.add_argument("name", help="such as uci/wine")
    notebook.add_argument("--out", type=Path, metavar="FILE", help="default: notebooks/….ipynb")
    notebook.add_argument("--force", action="store_true", help="overwrite a file that is there")

    ui = command("ui", _ui, "the MLflow UI on 127.0.0.1")
    ui.add_argument("--runs", type=Path, default=Path("runs"))
    ui.add_argument("--port", type=int, default=5001, help="first port to try (default 5001)")
    return parser


def _cores(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"expected 0 (all cores) or more, received {value}")
    return value


def _settings(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected 1 setting or more, received {value}")
    return value


def _limit(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number above 0, received {text}")
    return value


def _bench(options: argparse.Namespace) -> int:
    from dataclasses import fields

    from runners.bench import Options, bench

    asked = vars(options)
    names = [field.name for field in fields(Options) if field.name in asked]
    return bench(Options(**{name: asked[name] for name in names}))


def _new(options: argparse.Namespace) -> int:
    from runners.new.flow import new

    asked = {name: getattr(options, name) for name in ("target", "task", "metric", "force")}
    return new(options.name, options.source, **asked)


def _list(options: argparse.Namespace) -> int:
    from runners.listing import show

    return show(as_json=options.json)


def _data(options: argparse.Namespace) -> int:
    from runners.listing import fetch

    return fetch(options.suite, options.only, options.source)


def _doctor(options: argparse.Namespace) -> int:
    from runners.doctor import show

    return show(options.runs, as_json=options.json)


def _plan(options: argparse.Namespace) -> int:
    from runners.outlook import show

    return show(options.suite, options.name or options.only, options.runs)


def _audit(options: argparse.Namespace) -> int:
    from runners.audit import audit

    return audit(options.name, options.runs)


def _improve(options: argparse.Namespace) -> int:
    from dataclasses import fields

    from runners.improving.command import Options, improve

    asked = vars(options)
    return improve(Options(**{f.name: asked[f.name] for f in fields(Options) if f.name in asked}))


def _sync(options: argparse.Namespace) -> int:
    from runners import turns
    from runners.records import Runs
    from runners.tracking import StoreError, sync, uri

    try:
        with turns.in_folder(options.runs, print), turns.with_mlflow(print):
            written = sync(Runs(options.runs), rebuild=True)
    except StoreError as error:
        where = uri(options.runs).split("@")[-1]  # without a password
        _error(f"MLflow at {where} could not be updated: {error}")
        return 1
    print(f"MLflow at {uri(options.runs)}: {written} runs written")
    return 0


def _compare(options: argparse.Namespace) -> int:
    from runners.compare import show

    return show(options.A, options.B, options.runs, as_json=options.json)


def _verify(options: argparse.Namespace) -> int:
    from runners.verify import show

    return show(options.run, options.runs)


def _predict(options: argparse.Namespace) -> int:
    from runners.predict import Asked, predict

    return predict(
        Asked(options.name, options.file, options.submission, options.keep, options.runs)
    )


def _notebook(options: argparse.Namespace) -> int:
    from runners.notebooks import export

    return export(options.name, options.out, options.force)


def _ui(options: argparse.Namespace) -> int:
    from runners.ui import serve

    return serve(options.runs, options.port)


if __name__ == "__main__":
    stopping.listen()
    sys.exit(main())
