"""What a preprocessed scan depends on besides its files: the lung method and its weights."""

from __future__ import annotations

from dataclasses import dataclass, field

from spgc.ct.bits import Mask
from spgc.ct.lungs import DEFAULT_LUNGS, R231, LungMethod, check_method
from spgc.ct.scan_key import NOT_KEYED
from spgc.ct.series import Volume
from spgc.errors import UsageError


@dataclass(frozen=True)
class PreprocessSettings:
    """What the stored arrays depend on besides the files; part of each scan's key.

    lung_weights: SHA-256 of the weights of a method that has some; `segment` then is the method.
    `spgc.runs.lung_settings` finds both. Raises UsageError for an unknown method.
    """

    lung_method: str = DEFAULT_LUNGS
    lung_weights: str | None = None
    segment: LungMethod | None = field(default=None, compare=False, metadata=NOT_KEYED)

    def __post_init__(self) -> None:
        check_method(self.lung_method)
        complete = self.lung_weights is not None and self.segment is not None
        if (self.lung_method == R231) != complete:
            raise UsageError(
                "settings of a lung method and its weights don't go together",
                found=self.lung_method,
                do="take spgc.runs.lung_settings.lung_settings",
            )

    def masks(self, volume: Volume, threads: int = 1) -> Mask:
        """Lung masks of a volume, (S, H, W) bool."""
        segment = self.segment or check_method(self.lung_method)
        return segment(volume.hu, volume.spacing, threads)
