"""The scorer in another Python, many submissions in one process: run by that Python itself.

    python3.7 old_python.py SCORER TRUTH FOLDER ANSWERS.json

It is written for Python 3.7 and imports nothing but the scorer.
"""

import importlib.util
import json
import sys
from pathlib import Path


def scorer_at(path):
    spec = importlib.util.spec_from_file_location("scorer", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["scorer"] = module
    spec.loader.exec_module(module)
    return module


def outcome(scorer, path, truth):
    try:
        return {"scored": scorer.score(scorer.read_answers(path), truth)}
    except scorer.Refused as refused:
        return {"refused": str(refused)}


def main(scorer_path, truth_path, folder, out):
    scorer = scorer_at(scorer_path)
    truth = scorer.read_truth(truth_path)
    files = sorted(Path(folder).iterdir())
    found = {file.name: outcome(scorer, str(file), truth) for file in files}
    told = {"version": sys.version.split()[0], "found": found}
    Path(out).write_text(json.dumps(told, allow_nan=False), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
