#!/usr/bin/env python3
"""Records what LightFM reaches on ratings in MovieLens' shape, for Tests/LightFMTests to compare with.

    tools/parity/lightfm_floors.py [FOLDER-WITH-ml-latest-small/ratings.csv]

Writes Tests/LightFMTests/Fixtures/floors.json: means and standard deviations over three seeds for each case, on made-up ratings
(planted_ratings.py) and, if the folder is given, on ml-latest-small, of which only these figures are kept. The first
run makes a virtual environment in tools/.venv; LIKENESS_PYTHON names a Python that has lightfm already.
"""
import csv
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

sys.path.insert(0, str(HERE.parent))
from environment import require  # noqa: E402

require(lightfm="rectools-lightfm", numpy="numpy", scipy="scipy")

import numpy as np  # noqa: E402
import scipy.sparse as sp  # noqa: E402
from lightfm import LightFM  # noqa: E402
from lightfm.evaluation import auc_score, precision_at_k  # noqa: E402

import planted_ratings as planted

SEEDS = (10, 11, 12)
CASES = [
    {"name": "logistic", "loss": "logistic"},
    {"name": "bpr", "loss": "bpr"},
    {"name": "bpr, 4 threads", "loss": "bpr", "threads": 4},
    {"name": "warp", "loss": "warp"},
    {"name": "warp, 4 threads", "loss": "warp", "threads": 4},
    {"name": "warp, adadelta", "loss": "warp", "schedule": "adadelta"},
    {"name": "warp, adadelta, 4 threads", "loss": "warp", "schedule": "adadelta", "threads": 4},
    {"name": "warp-kos", "loss": "warp-kos", "positivesOnly": True},
    {"name": "logistic, weights 0.5", "loss": "logistic", "weight": 0.5},
    {"name": "bpr, weights 0.5", "loss": "bpr", "weight": 0.5},
    {"name": "warp, weights 0.5", "loss": "warp", "weight": 0.5},
    {"name": "logistic, alpha 1e-4", "loss": "logistic", "alpha": 1e-4},
    {"name": "logistic, 50 components, 30 epochs", "loss": "logistic", "components": 50, "epochs": 30},
    {"name": "logistic, genres only", "loss": "logistic", "features": "genres"},
    {"name": "logistic, ids and genres", "loss": "logistic", "features": "both", "epochs": 15},
    {"name": "warp, ids and genres", "loss": "warp", "features": "both"},
]


def real(folder):
    """ml-latest-small: users and movies numbered as they appear, a tenth of the ratings held out."""
    random, users, movies, ratings = planted.SplitMix64(7), {}, {}, []
    with open(pathlib.Path(folder) / "ml-latest-small" / "ratings.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            user = users.setdefault(row["userId"], len(users))
            item = movies.setdefault(row["movieId"], len(movies))
            ratings.append((user, item, float(row["rating"]) >= 4, random.below(10) == 0))
    return ratings


def roc(model, cells, features):
    """The area under the ROC curve over all rated pairs."""
    cells = cells.tocoo()
    scores, likes = model.predict(cells.row, cells.col, item_features=features), cells.data > 0
    ranks = np.empty(len(scores))
    ranks[np.argsort(scores)] = np.arange(1, len(scores) + 1)
    positives = int(likes.sum())
    return (ranks[likes].sum() - positives * (positives + 1) / 2) / (positives * (len(scores) - positives))


def figures(case, train, test, genres, seed):
    features = None
    if case.get("features") == "genres":
        features = genres
    elif case.get("features") == "both":
        features = sp.hstack([sp.identity(train.shape[1], dtype=np.float32), genres]).tocsr()
    likes = lambda cells: (cells.tocsr() > 0).astype(np.float32).tocsr()
    model = LightFM(no_components=case.get("components", 10), loss=case["loss"], k=5, random_state=seed,
                    learning_schedule=case.get("schedule", "adagrad"), item_alpha=case.get("alpha", 0.0),
                    user_alpha=case.get("alpha", 0.0))
    extra = {}
    if "weight" in case:
        weights = train.copy()
        weights.data = np.full(len(train.data), case["weight"], np.float32)
        extra["sample_weight"] = weights
    model.fit(likes(train).tocoo() if case.get("positivesOnly") else train, item_features=features,
              epochs=case.get("epochs", 10), num_threads=case.get("threads", 1), **extra)
    result = {}
    for name, cells in (("train", train), ("test", test)):
        result[name + "Precision"] = float(precision_at_k(model, likes(cells), item_features=features, k=10).mean())
        result[name + "AUC"] = float(auc_score(model, likes(cells), item_features=features).mean())
        result[name + "ROC"] = float(roc(model, cells, features))
    return result


def record(ratings, genres):
    table = np.array(ratings, dtype=np.int64)
    shape = tuple(int(n) for n in table[:, :2].max(axis=0) + 1) if genres is None else (planted.USERS, planted.ITEMS)
    values = np.where(table[:, 2] == 1, 1, -1).astype(np.float32)
    parts = [sp.coo_matrix((values[table[:, 3] == part], table[table[:, 3] == part, :2].T), shape=shape) for part in (0, 1)]
    named = None
    if genres is not None:
        named = sp.lil_matrix((planted.ITEMS, planted.GENRES), dtype=np.float32)
        for item, own in enumerate(genres):
            named[item, own] = 1
        named = named.tocsr()
    cases = []
    for case in CASES:
        if "features" in case and genres is None:
            continue
        runs = [figures(case, *parts, named, seed) for seed in SEEDS]
        mean = {name: round(float(np.mean([run[name] for run in runs])), 5) for name in runs[0]}
        deviation = {name: round(float(np.std([run[name] for run in runs], ddof=1)), 5) for name in runs[0]}
        cases.append({**case, "mean": mean, "deviation": deviation})
        print(f"{case['name']:36}", *(f"{name} {value:.3f}" for name, value in mean.items()), flush=True)
    return {"checksum": str(planted.checksum(ratings)), "cases": cases}


def main():
    target = HERE.parent.parent / "Tests" / "LightFMTests" / "Fixtures" / "floors.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    result = json.loads(target.read_text()) if target.exists() else {}
    ratings, genres = planted.make()
    result["planted"] = record(ratings, genres)
    if len(sys.argv) > 1:
        result["movielens"] = record(real(sys.argv[1]), None)
    target.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
