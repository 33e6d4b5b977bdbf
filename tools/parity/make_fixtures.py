#!/usr/bin/env python3
"""Writes what LightFM itself computes on small problems, for the trainer's tests to compare with.

    tools/parity/make_fixtures.py

The first run makes a virtual environment in tools/.venv and installs rectools-lightfm there. The fixtures go to
Tests/LikenessTrainingTests/Fixtures. Each holds the state before, the order of the examples and the start of the negative
sampler's random numbers for each epoch, and the state after.
"""
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
TARGET = HERE.parent.parent / "Tests" / "LikenessTrainingTests" / "Fixtures"

sys.path.insert(0, str(HERE.parent))
from environment import require  # noqa: E402

require(lightfm="rectools-lightfm", numpy="numpy", scipy="scipy")

import numpy as np  # noqa: E402
import scipy.sparse as sp  # noqa: E402
from lightfm import LightFM  # noqa: E402

ARRAYS = ["embeddings", "embedding_gradients", "embedding_momentum", "biases", "bias_gradients", "bias_momentum"]
LOSSES = ["warp", "warp-kos", "bpr", "logistic"]


def state(model):
    return {f"{side}_{array}": getattr(model, f"{side}_{array}").ravel().tolist()
            for side in ("item", "user") for array in ARRAYS}


def features(rng, rows, names, empty):
    """Identity columns and then named features, with weights of all sizes."""
    named = sp.random(rows, names, density=0.0 if empty else 0.5, random_state=rng, dtype=np.float32)
    own = np.ones(rows, np.float32) if empty else rng.uniform(0.5, 1.5, rows).astype(np.float32)
    return sp.hstack([sp.diags(own), named]).tocsr().astype(np.float32)


def case(kind, loss, schedule, alpha, seed):
    rng = np.random.RandomState(seed)
    users, items, tags, groups, d = 9, 14, 5, 3, 6
    plain = kind == "plain"
    item_features, user_features = features(rng, items, tags, plain), features(rng, users, groups, plain)
    if kind == "step":
        # BPR draws its negative from the entries, so it needs a second one, which is a dislike and not trained.
        cells = [(4, 3), (6, 8)] if loss == "bpr" else [(4, 3)]
    else:
        cells = sorted({(int(rng.randint(users)), int(rng.randint(items))) for _ in range(60)})
    user_ids, item_ids = (np.array(ids, np.int32) for ids in zip(*cells))
    values = np.ones(len(cells), np.float32)
    values[1:] = -1 if kind == "step" else 1
    if kind != "step" and loss != "warp-kos":
        values[rng.uniform(size=len(cells)) < 0.2] = -1
    likes = sp.coo_matrix((values, (user_ids, item_ids)), shape=(users, items))
    weights = rng.uniform(0.5, 1.5, len(cells)).astype(np.float32)
    model = LightFM(no_components=d, loss=loss, learning_schedule=schedule, item_alpha=alpha, user_alpha=alpha * 2,
                    k=2, n=3, random_state=seed)
    extra = {"item_features": item_features, "user_features": user_features}
    if loss != "warp-kos":
        extra["sample_weight"] = sp.coo_matrix((weights, (user_ids, item_ids)), shape=(users, items))
    model.fit(likes, epochs=0, **extra)
    if kind == "step":
        for side in ("item", "user"):
            for array in ARRAYS:
                old = getattr(model, f"{side}_{array}")
                low, high = (-0.5, 0.5) if array in ("embeddings", "biases") else (0.2, 2.0)
                if array.endswith("momentum") and schedule == "adagrad":
                    continue
                setattr(model, f"{side}_{array}", rng.uniform(low, high, old.shape).astype(np.float32))
    before = state(model)
    epochs = []
    for _ in range(1 if kind == "step" else 3):
        # What the package is about to draw, from a copy of its generator.
        draws = np.random.RandomState()
        draws.set_state(model.random_state.get_state())
        order = np.arange(len(cells), dtype=np.int32)
        draws.shuffle(order)
        start = 0 if loss == "logistic" else int(draws.randint(0, np.iinfo(np.int32).max, size=1)[0])
        epochs.append({"order": order.tolist(), "start": start})
        model.fit_partial(likes, epochs=1, num_threads=1, **extra)
    def rows(matrix, count):
        lists = []
        for row in range(matrix.shape[0]):
            span = slice(matrix.indptr[row], matrix.indptr[row + 1])
            pairs = sorted(zip(matrix.indices[span].tolist(), matrix.data[span].tolist()))
            lists.append([[column - count, weight] for column, weight in pairs if column >= count])
        return {"identity": matrix.diagonal().tolist(), "named": lists}
    return {
        "kind": kind, "loss": loss, "schedule": schedule, "alpha": alpha, "components": d, "users": users, "items": items,
        "itemFeatureCount": tags, "userFeatureCount": groups, "itemFeatures": rows(item_features, items),
        "userFeatures": rows(user_features, users), "userIds": user_ids.tolist(), "itemIds": item_ids.tolist(),
        "values": values.tolist(), "weights": None if loss == "warp-kos" else weights.tolist(), "epochs": epochs,
        "before": before, "after": state(model),
    }


def rounded(value):
    """Numbers in the fewest digits that give the same 32-bit float back."""
    if isinstance(value, float):
        return float(np.format_float_positional(np.float32(value), unique=True, trim="-"))
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, list) else value


TARGET.mkdir(parents=True, exist_ok=True)
for kind in ("step", "epochs", "plain"):
    cases = [case(kind, loss, schedule, alpha, 11 + number)
             for number, loss in enumerate(LOSSES) for schedule in ("adagrad", "adadelta") for alpha in (0.0, 1e-3)]
    (TARGET / f"{kind}.json").write_text(json.dumps(rounded(cases), separators=(",", ":")) + "\n")
    print(f"{kind}: {len(cases)} cases")
