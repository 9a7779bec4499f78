"""CNR-IEMN's options: the fields of its configuration, and those of `Runtime` that only it has."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from spgc.contract.limits import MAX_BATCH, MAX_SEED
from spgc.contract.system import Options
from spgc.ct.lungs import check_method
from spgc.errors import ModelError, UsageError
from spgc.systems.cnr_iemn.config import BACKBONES, DEMO, Config, check_patient_stage
from spgc.systems.cnr_iemn.scenarios import SCALES, SCENARIOS, scale_named, scenario_config
from spgc.systems.options import list_options, read_options
from spgc.systems.slice_options import (
    Ranges,
    check_ranges,
    check_weights,
    learnt_options,
    run_options,
)

SYSTEM = "cnr-iemn"

PRESETS: Mapping[str, Config] = {"paper": Config(), "demo": DEMO}

_NOT_FIELDS = ("preset", "scenario")

_RANGES: Ranges = {
    "epochs": (1, 100_000),
    "batch_size": (2, MAX_BATCH),
    "seed": (0, MAX_SEED),
    "image_size": (32, 4096),
    "normal_scans": (0, 1_000_000),
    "learning_rate": (0, 1000),
    "decay": (0, 1000),
    "focal_gamma": (0, 1000),
    "class_weight": (0, 1_000_000),
    "region_weight": (0, 1_000_000),
    "copies": (0, 10_000),
    "decay_after": (0, 100_000),
    "folds": (0, 10_000),
    "grey_range": (-100_000, 100_000),
}

INT8_FEATURES = "counts"
"""Features that int8 networks may serve: `spgc quantise` checks that slices keep their labels."""


def config_from_options(options: Options) -> Config:
    """The preset or scenario with the fields given. Raises UsageError, ModelError for a bad one."""
    preset = options.get("preset", "paper")
    if preset not in PRESETS:
        raise UsageError("unknown preset", found=repr(preset), expected=" | ".join(PRESETS))
    fields = learnt_options(options, _NOT_FIELDS)
    config = read_options(_start(preset, options.get("scenario")), fields, SYSTEM)
    check_patient_options(config)
    check_slice_stage(config)
    return config


def check_slice_stage(config: Config) -> None:
    """Raise UsageError for values that could only fail, or train nonsense, hours later."""
    check_ranges(config, _RANGES, SYSTEM)
    check_weights(config.weights)
    names = config.backbones
    if not names or len(set(names)) < len(names) or not set(names) <= set(BACKBONES):
        raise UsageError(
            f"option backbones of system {SYSTEM} names no networks, one twice or an unknown one",
            found=",".join(names) or "none",
            expected=f"some of {', '.join(BACKBONES)}, each once",
        )
    low, high = config.grey_range
    if not low < high:
        raise UsageError(
            "grey_range is no range", found=f"{low:g},{high:g}", expected="the lower HU first"
        )
    check_method(config.lung_method)


def no_int8(config: Config) -> UsageError | None:
    """Why int8 may not serve a model, since only labels are checked in it; None if it may."""
    if config.features == INT8_FEATURES:
        return None
    return UsageError(
        f"int8 can't serve a model with --features {config.features}",
        found="int8 networks keep the labels of slices, not their probabilities",
        expected=f"a model with --features {INT8_FEATURES}",
        do="use --precision auto, bf16 or fp32",
    )


def _start(preset: str, scenario: str | None) -> Config:
    """The preset, or a scenario at the preset's scale."""
    if scenario is None:
        return PRESETS[preset]
    return scenario_config(scenario, scale_named(preset))


def scenario_of(config: Config) -> str | None:
    """Name of the preset or table that `config` is, but for the seed; None when it is none."""
    unseeded = dataclasses.replace(config, seed=0)
    named: dict[str, Config] = {
        f"{n} ({s})": scenario_config(n, SCALES[s]) for n in SCENARIOS for s in SCALES
    }
    return next((name for name, c in (dict(PRESETS) | named).items() if c == unseeded), None)


def known_options() -> dict[str, str]:
    """Name, kind and default of every option."""
    presets = " or ".join(PRESETS)
    scenarios = f"{', '.join(SCENARIOS)}; default the whole system"
    own = {"preset": f"{presets}; default paper", "scenario": scenarios}
    return own | list_options(Config()) | run_options()


def check_patient_options(config: Config) -> None:
    """Raise UsageError when an option of the patient stage names no known variant."""
    try:
        check_patient_stage(config)
    except ModelError as error:  # here the options are wrong, not a model
        raise UsageError(error.what, found=error.found, expected=error.expected) from error
