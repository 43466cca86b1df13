"""Code of a notebook that depends on the data: tables, images, series by class, forecasts."""

from __future__ import annotations

from textwrap import dedent
from typing import Literal

from benchmarks.definition import Benchmark

Kind = Literal["table", "images", "series", "forecast", "texts"]


def kind_of(benchmark: Benchmark) -> Kind:
    """The kind of a benchmark's data, by the shape of its rows."""
    dimensions = len(benchmark.data.shape)
    if dimensions == 1:
        return "texts"
    if dimensions == 2:
        return "table"
    if dimensions == 4:
        return "images"
    return "series" if benchmark.task == "classification" else "forecast"


def first_look(benchmark: Benchmark) -> list[str]:
    """Code that shows the data: a first look, and the targets."""
    first = {
        "table": TABLE,
        "images": IMAGES,
        "series": SERIES,
        "forecast": WINDOWS,
        "texts": TEXTS,
    }
    target = CLASSES if benchmark.task == "classification" else VALUES
    kind = kind_of(benchmark)
    return [first[kind], *([] if kind == "forecast" else [target])]


def linear_model(benchmark: Benchmark) -> str:
    """Code that scores a linear model of scikit-learn; empty for images, series and tables
    with columns of text.
    """
    if kind_of(benchmark) == "texts":
        return WORDS if benchmark.task == "classification" else ""
    texts = (benchmark.data.values.get("columns") or {}).get("texts")
    if kind_of(benchmark) != "table" or texts:
        return ""
    return LOGISTIC if benchmark.task == "classification" else RIDGE


def plain_keras(benchmark: Benchmark) -> str:
    """Code that trains `network` on `x` for about 100 steps by `compile` and `fit`."""
    return FIT_CLASSES if benchmark.task == "classification" else FIT_VALUES


def errors(benchmark: Benchmark) -> str:
    """Code that draws what was predicted against what was true."""
    if benchmark.task == "classification":
        return CONFUSION
    return FORECASTS if kind_of(benchmark) == "forecast" else RESIDUALS


def _code(text: str) -> str:
    return dedent(text).strip()


TABLE = _code(
    """
    names = dataset.feature_names or [f"feature {n}" for n in range(1, dataset.x.shape[1] + 1)]
    frame = pd.DataFrame(dataset.x, columns=list(names))
    frame["target"] = (
        np.array(dataset.class_names)[dataset.y] if dataset.class_names else dataset.y
    )
    frame.describe(include="all").T
    """
)
IMAGES = _code(
    """
    figure, axes = plt.subplots(2, 8, figsize=(10, 3))
    for place, axis in enumerate(axes.flat):
        axis.imshow(dataset.x[place].squeeze().astype(float) / dataset.x.max(), cmap="gray")
        axis.set_title(dataset.class_names[dataset.y[place]], fontsize=8)
        axis.axis("off")
    plt.show()
    """
)
SERIES = _code(
    """
    classes = dataset.class_names[:6]
    figure, axes = plt.subplots(len(classes), 1, figsize=(8, 1.5 * len(classes)), sharex=True)
    for number, axis in enumerate(np.atleast_1d(axes)):
        for row in np.flatnonzero(dataset.y == number)[:5]:
            axis.plot(dataset.x[row, :, 0], linewidth=0.8)
        axis.set_ylabel(classes[number], rotation=0, ha="right")
    plt.xlabel("step (first channel, five series a class)")
    plt.show()
    """
)
WINDOWS = _code(
    """
    targets = dataset.y if dataset.y.ndim == 1 else dataset.y[:, 0, -1]
    plt.figure(figsize=(10, 3))
    plt.plot(targets, linewidth=0.8)
    plt.xlabel("row: what the network has to forecast from the steps before")
    plt.show()
    print("a row is a window of", dataset.x.shape[1], "steps and", dataset.x.shape[2], "channels")
    """
)
TEXTS = _code(
    """
    targets = np.array(dataset.class_names)[dataset.y] if dataset.class_names else dataset.y
    frame = pd.DataFrame({"text": dataset.x, "target": targets})
    frame["words"] = frame["text"].str.split().str.len()
    print(frame["words"].describe())
    frame.sample(10, random_state=0)
    """
)
CLASSES = _code(
    """
    counts = np.bincount(dataset.y)
    pd.Series(counts, index=list(dataset.class_names), name="rows").to_frame()
    """
)
VALUES = _code(
    """
    plt.figure(figsize=(6, 3))
    plt.hist(dataset.y, bins=40)
    plt.xlabel(f"target ({benchmark.metric.unit})")
    plt.show()
    """
)
LOGISTIC = _code(
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    linear_model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    linear_model.fit(training.x, training.y)
    scores["logistic regression"] = metric.score(y_test, linear_model.predict_proba(x_test))
    scores["logistic regression"]
    """
)
WORDS = _code(
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    linear_model = make_pipeline(TfidfVectorizer(), LogisticRegression(C=10, max_iter=1000))
    linear_model.fit(training.x.tolist(), training.y)
    shares = linear_model.predict_proba(x_test.tolist())
    scores["logistic regression"] = metric.score(y_test, shares)
    scores["logistic regression"]
    """
)
RIDGE = _code(
    """
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    linear_model = make_pipeline(StandardScaler(), Ridge())
    linear_model.fit(training.x, training.y)
    scores["ridge regression"] = metric.score(y_test, linear_model.predict(x_test))
    scores["ridge regression"]
    """
)
FIT_CLASSES = _code(
    """
    recipe = how["recipe"]
    epochs = max(1, 100 * recipe.batch_size // len(x))
    network.compile(
        keras.optimizers.Adam(recipe.learning_rate),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    batches = {"batch_size": recipe.batch_size, "epochs": epochs, "verbose": 0}
    losses = network.fit(x, training.y, **batches).history["loss"]
    accuracy = network.evaluate(prepared.apply(x_test), y_test, verbose=0)[1]
    print(f"after {epochs} of {recipe.epochs} epochs: loss {losses[-1]:.4f}, ", end="")
    print(f"accuracy on the test rows {accuracy:.4f}")
    """
)
FIT_VALUES = _code(
    """
    recipe = how["recipe"]
    epochs = max(1, 100 * recipe.batch_size // len(x))
    centre, scale = training.y.mean(), training.y.std()  # of training rows
    y = (training.y - centre) / scale
    network.compile(keras.optimizers.Adam(recipe.learning_rate), "mse")
    batches = {"batch_size": recipe.batch_size, "epochs": epochs, "verbose": 0}
    losses = network.fit(x, y, **batches).history["loss"]
    after = network.predict(prepared.apply(x_test), verbose=0)[:, 0] * scale + centre
    print(f"after {epochs} of {recipe.epochs} epochs: loss {losses[-1]:.4f}, ", end="")
    print(f"{metric.name} on the test rows {in_words(metric.score(y_test, after), metric)}")
    """
)
CONFUSION = _code(
    """
    from sklearn.metrics import ConfusionMatrixDisplay

    size = max(4, 0.45 * training.classes)
    figure, axis = plt.subplots(figsize=(size, size))
    ConfusionMatrixDisplay.from_predictions(
        y_test,
        predicted.argmax(axis=1),
        labels=range(training.classes),
        display_labels=dataset.class_names,
        xticks_rotation="vertical",
        colorbar=False,
        ax=axis,
    )
    plt.title(f"{headline.name}: confusion matrix")
    plt.show()
    """
)
RESIDUALS = _code(
    """
    values = predicted[:, 0] if predicted.ndim == 2 else predicted
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
    left.scatter(y_test, values, s=12)
    left.axline((y_test.mean(), y_test.mean()), slope=1, color="grey", linewidth=0.8)
    left.set(xlabel="true", ylabel="predicted")
    right.scatter(values, values - y_test, s=12)
    right.axhline(0, color="grey", linewidth=0.8)
    right.set(xlabel="predicted", ylabel="residual (predicted minus true)")
    plt.show()
    """
)
FORECASTS = _code(
    """
    plt.figure(figsize=(10, 3.5))
    if y_test.ndim == 1:
        values = predicted[:, 0] if predicted.ndim == 2 else predicted
        plt.plot(y_test[:300], label="true")
        plt.plot(values[:300], label="forecast one step ahead")
        plt.xlabel("test row")
        errors = values - y_test
    else:  # several steps ahead of several series: the last series of the first test row
        plt.plot(y_test[0, :, -1], label="true")
        plt.plot(predicted[0, :, -1], label="forecast")
        plt.xlabel("steps ahead")
        errors = (predicted - y_test)[:, :, -1]
    plt.legend()
    plt.show()
    print(f"residuals: mean {errors.mean():.3g}, standard deviation {errors.std():.3g}")
    """
)
