#!/usr/bin/env python3
"""What LightFM's metrics give for small models, as a Swift source for the tests of LikenessEvaluation.

    python3 tools/parity/evaluation_fixtures.py > Tests/LikenessEvaluationTests/LightFMFixtures.swift

Installs rectools-lightfm (which imports as lightfm) into a virtual environment, tools/.venv;
LIKENESS_PYTHON names another Python that has it already.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
from environment import require  # noqa: E402


require(lightfm="rectools-lightfm", numpy="numpy<2", scipy="scipy")

import numpy as np  # noqa: E402
import scipy.sparse as sp  # noqa: E402
from lightfm import LightFM  # noqa: E402
from lightfm import evaluation  # noqa: E402


def floats(values):
    return "[" + ", ".join("%.9g" % v for v in np.asarray(values, dtype=np.float64).ravel()) + "]"


def ints(values):
    return "[" + ", ".join(str(int(v)) for v in values) + "]"


def case(name, seed, users, items, components, ties):
    rng = np.random.RandomState(seed)
    model = LightFM(no_components=components)
    model.fit_partial(sp.coo_matrix((users, items), dtype=np.float32), epochs=0)  # makes the arrays
    model.user_embeddings = rng.randn(users, components).astype(np.float32)
    model.item_embeddings = rng.randn(items, components).astype(np.float32)
    model.user_biases = rng.randn(users).astype(np.float32)
    model.item_biases = rng.randn(items).astype(np.float32)
    if ties:  # small whole numbers: many scores are equal, and exact in float32
        for array in ("user_embeddings", "item_embeddings", "user_biases", "item_biases"):
            setattr(model, array, np.round(getattr(model, array)).astype(np.float32))
    draw = rng.rand(users, items)
    test = sp.csr_matrix((draw < 0.08).astype(np.float32))
    train = sp.csr_matrix(((draw >= 0.08) & (draw < 0.3)).astype(np.float32))
    lines = [f'        name: "{name}", components: {components},',
             f"        users: {floats(model.user_embeddings)}, userBiases: {floats(model.user_biases)},",
             f"        items: {floats(model.item_embeddings)}, itemBiases: {floats(model.item_biases)},",
             f"        testOffsets: {ints(test.indptr)}, test: {ints(test.indices)},",
             f"        trainOffsets: {ints(train.indptr)}, train: {ints(train.indices)},"]
    for label, excluded in (("plain", None), ("excluding", train)):
        values = []
        for k in (1, 5, 10):
            values.append((f"precision{k}", evaluation.precision_at_k(model, test, excluded, k=k)))
            values.append((f"recall{k}", evaluation.recall_at_k(model, test, excluded, k=k)))
        values.append(("auc", evaluation.auc_score(model, test, excluded)))
        values.append(("reciprocalRank", evaluation.reciprocal_rank(model, test, excluded)))
        inner = ",\n".join(f'            "{key}": {floats(value)}' for key, value in values)
        lines.append(f"        {label}: [\n{inner},\n        ]" + ("," if label == "plain" else ""))
    return "    LightFMFixture(\n" + "\n".join(lines) + "),"


def main():
    print("// Made by tools/parity/evaluation_fixtures.py with rectools-lightfm.\n")
    print("/// A model, likes, and each metric's values over the users with test likes, as LightFM gives them.")
    print("struct LightFMFixture {\n    var name: String\n    var components: Int\n    var users: [Float]")
    print("    var userBiases: [Float]\n    var items: [Float]\n    var itemBiases: [Float]")
    print("    var testOffsets: [Int]\n    var test: [UInt32]\n    var trainOffsets: [Int]\n    var train: [UInt32]")
    print("    var plain: [String: [Double]]\n    var excluding: [String: [Double]]\n}\n")
    print("let lightFMFixtures: [LightFMFixture] = [")
    print(case("random scores", 1, 9, 45, 5, False))
    print(case("many ties", 2, 9, 45, 2, True))
    print("]")


if __name__ == "__main__":
    main()
