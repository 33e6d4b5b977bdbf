#!/usr/bin/env python3
"""Writes what scikit-optimize's forest_minimize reaches and says, for Tests/LikenessTuningTests.

    tools/parity/forest_minimize_fixtures.py [--seeds 30]

`branin` and `hartmann6` are the least values of 50 calls with each seed: extra-trees, expected improvement, 10 random points first.
`trees` is a forest that it has grown, node by node, with what it predicts of some rows; `improvement` what it expects of them.
"""
import argparse
import json
import pathlib
import sys
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from environment import require  # noqa: E402

require(skopt="scikit-optimize")

import numpy as np  # noqa: E402
from skopt import forest_minimize  # noqa: E402
from skopt.acquisition import gaussian_ei  # noqa: E402
from skopt.benchmarks import branin, hart6  # noqa: E402
from skopt.learning import ExtraTreesRegressor  # noqa: E402

warnings.filterwarnings("ignore")
TARGET = pathlib.Path(__file__).resolve().parents[2] / "Tests/LikenessTuningTests/Fixtures/forest_minimize.json"


def least(function, bounds, seeds):
    values = []
    for seed in range(seeds):
        result = forest_minimize(function, bounds, n_calls=50, n_initial_points=10, random_state=seed)
        values.append(float(result.fun))
    return values


def trees():
    random = np.random.RandomState(4)
    # Numbers that are the same in both precisions, since its trees compare in single precision.
    rows = random.randint(0, 1 << 12, size=(40, 3)).astype(np.float32) / 512
    targets = np.sin(rows[:, 0]) * 3 + rows[:, 1] * rows[:, 2] / 10 + random.normal(size=40) / 4
    forest = ExtraTreesRegressor(n_estimators=20, min_samples_leaf=3, random_state=1).fit(rows, targets)
    asked = random.randint(0, 1 << 12, size=(25, 3)).astype(np.float32) / 512
    means, deviations = forest.predict(asked, return_std=True)
    nodes = []
    for tree in (estimator.tree_ for estimator in forest.estimators_):
        nodes.append([
            [int(tree.feature[n]), float(tree.threshold[n]), max(int(tree.children_right[n]), 0), float(tree.value[n][0][0]),
             float(tree.impurity[n])] for n in range(tree.node_count)])
    return {
        "nodes": nodes, "rows": asked.tolist(), "means": means.tolist(), "deviations": deviations.tolist(),
        "least": float(targets.min()), "improvement": gaussian_ei(asked, forest, y_opt=float(targets.min()), xi=0.01).tolist(),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=30)
    seeds = parser.parse_args().seeds
    fixtures = {
        "branin": least(branin, [(-5.0, 10.0), (0.0, 15.0)], seeds),
        "hartmann6": least(hart6, [(0.0, 1.0)] * 6, seeds),
        "trees": trees(),
    }
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(json.dumps(fixtures) + "\n")
    print({name: float(np.mean(fixtures[name])) for name in ("branin", "hartmann6")})


if __name__ == "__main__":
    main()
