"""`spgc.make_kit` and `check_kit`: a challenge, or a model, for a platform."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spgc.api.scores import shown
from spgc.api.shown import Shown
from spgc.errors import UsageError
from spgc.kits.check_kit import KitCheck
from spgc.kits.check_kit import check_kit as find_faults
from spgc.kits.kit_kinds import KITS
from spgc.kits.make_kit import MadeKit
from spgc.kits.make_kit import make_kit as write_platform_kit
from spgc.kits.model_kit import MODEL_KITS, MadeModelKit, make_model_kit

if TYPE_CHECKING:
    from rich.console import RenderableType


@dataclass(frozen=True, repr=False)
class KitResult(Shown):
    """A kit that was written to `folder`; `made`: its files, and what was decided in it."""

    folder: Path
    made: MadeKit | MadeModelKit

    @property
    def kind(self) -> str:
        """The platform, `algorithm` or `medperf`."""
        return self.made.platform.name if isinstance(self.made, MadeKit) else self.made.kind

    def _line(self) -> str:
        return f"Kit {self.kind} in {self.folder}: {len(self.made.files)} files"

    def _parts(self) -> Iterable[RenderableType]:
        from spgc.report.kit_lines import kit_line, kit_parts, model_kit_line

        if isinstance(self.made, MadeKit):
            return [kit_line(self.made, self.folder), *kit_parts(self.made)]
        return [model_kit_line(self.made, self.folder)]

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        """One row per file, with who may see it."""
        return [{"file": one.name, "audience": one.audience} for one in self.made.files]

    def as_dict(self) -> dict[str, Any]:
        return self.made.as_dict()


def make_kit(kind: str, source: str | Path, out: str | Path) -> KitResult:
    """Write a challenge or a trained model for a platform, as `spgc kit` does.

    kind: of a challenge the platform's name, such as codabench or gradescope; of a trained model
    algorithm (grand-challenge.org) or medperf. source: the folder of the challenge with its truth,
    or of the model. out: a new or empty folder; it is written whole or not at all.

    >>> import spgc
    >>> spgc.make_kit("fax", "flowers", "fax-kit")
    Traceback (most recent call last):
    ...
    spgc.errors.UsageError: no such kind of kit: found 'fax', ...

    Raises UsageError for an unknown kind or a folder that holds something, DataError for a
    challenge that lacks what the platform asks for, ModelError for a folder that is no model.
    """
    place, given = Path(out), Path(source)
    if kind in MODEL_KITS:
        return KitResult(place, make_model_kit(kind, given, place))
    if kind not in KITS:
        raise UsageError(
            "no such kind of kit", found=repr(kind), expected=" | ".join((*KITS, *MODEL_KITS))
        )
    return KitResult(place, write_platform_kit(KITS[kind], given, place))


class KitCheckResult(Shown, KitCheck):
    """What a check of a kit found: `good` when it can be uploaded, and all `findings`."""

    def __bool__(self) -> bool:
        return self.good

    def _line(self) -> str:
        word = "can be uploaded" if self.good else "is not ready"
        return f"Kit for {self.platform.title} {word}: {len(self.findings)} findings"

    def _parts(self) -> Iterable[RenderableType]:
        from spgc.report.kit_lines import check_parts

        return check_parts(self)

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        """One row per finding."""
        return [one.as_dict() for one in self.findings]


def check_kit(folder: str | Path) -> KitCheckResult:
    """Check a kit without its platform, as `spgc kit check` does; runs the kit's own program.

    folder: of the kit. `if spgc.check_kit(...):` asks whether nothing has to be corrected.

    >>> import spgc
    >>> spgc.check_kit("no-such-folder")
    Traceback (most recent call last):
    ...
    spgc.errors.DataError: ...

    Raises DataError for a folder that is no kit of a challenge.
    """
    return shown(KitCheckResult, find_faults(Path(folder)))
