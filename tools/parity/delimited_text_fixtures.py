#!/usr/bin/env python3
"""What Python's csv module reads and writes, as a Swift source for the tests of DelimitedText.

    python3 tools/parity/delimited_text_fixtures.py > Tests/DelimitedTextTests/PythonFixtures.swift

Needs nothing but Python. Blank lines are left out, as csv.DictReader leaves them out.
"""
import csv
import io
import random
import sys

DIALECTS = {"psv": ("|", "\\"), "csv": (",", '"')}


def literal(text):
    marks = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(marks.get(c, c) for c in text) + '"'


def rows_literal(rows):
    return "[" + ", ".join("[" + ", ".join(map(literal, row)) + "]" for row in rows) + "]"


def read(text, delimiter, quote):
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote)
    return [row for row in reader if row]


def write(rows, delimiter, quote):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, quotechar=quote, quoting=csv.QUOTE_MINIMAL).writerows(rows)
    return out.getvalue()


def main():
    print("// Made by tools/parity/delimited_text_fixtures.py with Python %d.%d." % sys.version_info[:2])
    print("\n/// Text, and the rows that Python's csv reads from it.")
    print("let pythonReads: [(dialect: String, text: String, rows: [[String]])] = [")
    for name, (delimiter, quote) in DIALECTS.items():
        generator = random.Random(7)
        for _ in range(150):
            alphabet = ["a", "b", "é", delimiter, delimiter, quote, quote, quote, "\n", "\r\n", "\r"]
            text = "".join(generator.choice(alphabet) for _ in range(generator.randrange(1, 14)))
            print(f"    ({literal(name)}, {literal(text)}, {rows_literal(read(text, delimiter, quote))}),")
    print("]")
    print("\n/// Rows, and the text that Python's csv writes for them with QUOTE_MINIMAL.")
    print("let pythonWrites: [(dialect: String, rows: [[String]], text: String)] = [")
    for name, (delimiter, quote) in DIALECTS.items():
        generator = random.Random(8)
        for _ in range(60):
            alphabet = ["a", "b", "é", " ", delimiter, quote, "\n", "\r"]
            rows = [
                ["".join(generator.choice(alphabet) for _ in range(generator.randrange(0, 4)))
                 for _ in range(generator.randrange(1, 4))]
                for _ in range(generator.randrange(1, 3))
            ]
            print(f"    ({literal(name)}, {rows_literal(rows)}, {literal(write(rows, delimiter, quote))}),")
    print("]")


if __name__ == "__main__":
    main()
