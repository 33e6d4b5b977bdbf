#!/usr/bin/env python3
"""What implicit's alternating least squares computes on a small problem, for Tests/LikenessTrainingTests/ALSParityTests.swift.

    python3 tools/parity/implicit_fixture.py > Tests/LikenessTrainingTests/Fixtures/implicit.json

Needs implicit, numpy and scipy from PyPI. All likes have one confidence, with which implicit's objective is ours but for the scale of vectors.
"""
import json

import numpy as np
import scipy.sparse as sp
from implicit.cpu.als import AlternatingLeastSquares

USERS, ITEMS, FACTORS, ITERATIONS = 40, 30, 8, 5
CONFIDENCE, REGULARIZATION = 5.0, 0.5


def main():
    random = np.random.default_rng(3)
    likes = [(u, i) for u in range(USERS) for i in range(ITEMS) if random.random() < (0.5 if u % 3 == i % 3 else 0.05)]
    rows, columns = zip(*likes)
    matrix = sp.csr_matrix((np.full(len(likes), CONFIDENCE, dtype=np.float32), (rows, columns)), shape=(USERS, ITEMS))
    model = AlternatingLeastSquares(factors=FACTORS, regularization=REGULARIZATION, alpha=1.0, iterations=ITERATIONS,
                                    use_native=True, use_cg=True, num_threads=1, random_state=1)
    model.user_factors = np.zeros((USERS, FACTORS), dtype=np.float32)
    start = (random.standard_normal((ITEMS, FACTORS)) * 0.1).astype(np.float32)
    model.item_factors = start.copy()
    model.fit(matrix, show_progress=False)
    numbers = lambda a: [float(np.float32(v)) for v in a.ravel()]
    print(json.dumps({
        "users": USERS, "items": ITEMS, "components": FACTORS, "iterations": ITERATIONS, "confidence": CONFIDENCE,
        "regularization": REGULARIZATION, "likedUsers": list(map(int, rows)), "likedItems": list(map(int, columns)),
        "start": numbers(start), "userFactors": numbers(model.user_factors), "itemFactors": numbers(model.item_factors)}))


if __name__ == "__main__":
    main()
