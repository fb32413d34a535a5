"""Parses the Bicep files given as arguments and prints one JSON object: path -> {"tree": ...} or {"error": "..."}."""

import json
import sys
from pathlib import Path

from pycep import BicepParser


def main() -> None:
    result = {}
    for path in sys.argv[1:]:
        try:
            result[path] = {"tree": BicepParser().parse(file_path=Path(path))}
        except Exception as error:  # the parser has no common class for its errors
            result[path] = {"error": " ".join(str(error).split())[:300]}
    json.dump(result, sys.stdout)


main()
