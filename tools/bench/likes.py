"""Likes and features as psv files, as Python's peers want them."""
import csv


def read(path, *columns):
    """The values of some columns, row by row; rows of another length are left out."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.reader(file, delimiter="|", quotechar="\\")
        header = next(rows)
        places = [header.index(column) for column in columns]
        return [tuple(row[place] for place in places) for row in rows if len(row) == len(header)]


def pairs(path):
    """Pairs of user and item."""
    return read(path, "uid", "mid")


def tags(path):
    """Pairs of item and feature."""
    return [(item, f"{kind}:{value.lower()}") for item, kind, value in read(path, "mid", "type", "value")]


def tag_rows(tags, items):
    """Rows of items: their own identity, and TF-IDF of their features at unit length.

    `tags` are pairs of item and feature, `items` numbers by id.
    """
    import numpy as np
    import scipy.sparse as sp

    known = sorted({(items[item], tag) for item, tag in tags if item in items})
    names = {tag: number for number, tag in enumerate(sorted({tag for _, tag in known}))}
    cells = ([item for item, _ in known], [names[tag] for _, tag in known])
    named = sp.coo_matrix((np.ones(len(known)), cells), shape=(len(items), len(names))).tocsr()
    rarity = np.log((1 + len(items)) / (1 + named.getnnz(axis=0))) + 1
    named = named @ sp.diags(rarity)
    length = np.sqrt(np.asarray(named.multiply(named).sum(axis=1)).ravel())
    named = sp.diags(1 / np.where(length > 0, length, 1)) @ named
    return sp.hstack([sp.identity(len(items)), named]).tocsr().astype(np.float32)
