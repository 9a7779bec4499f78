"""What reading, scoring, the command line and their tests need, from pyproject.toml."""

import re
import tomllib
from pathlib import Path

LEFT_OUT = {"torch", "torchvision", "xgboost"}
FOR_TESTS = {
    "dask",
    "distributed",
    "editables",
    "errorbars",
    "hatchling",
    "honestboard",
    "hypothesis",
    "jsonschema",
    "pytest",
    "statsmodels",
}

project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
for requirement in project["dependencies"]:
    if re.split("[<>=]", requirement)[0] not in LEFT_OUT:
        print(requirement)
for requirement in project["optional-dependencies"]["dev"]:
    if re.split("[<>=]", requirement)[0] in FOR_TESTS:
        print(requirement)
