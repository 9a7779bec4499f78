"""What a model card says of Winter: what is the team's, what was chosen here, what was mended."""

from __future__ import annotations

from spgc.systems.winter.winter_settings import Settings

THEIRS = (
    "After the team's own four-page paper and the inference code that they published: resampling, "
    "window, masked input, area rule, DenseNet-121, SGD, batch, augmentation and patient rule are "
    "theirs. Their weights are not used, and their training code was never published.",
    "Chosen here, since nothing says it: 30 epochs, ImageNet's weights to start from (images are "
    "not normalised for them, as in their code), the rate falling after each epoch, "
    "cross-entropy, the last epoch kept, probabilities as scores divided by their sum.",
    "Mended against their code: left and right lung count alike in the area (theirs counted pixels "
    "of the left lung twice); a scan without a slice above the threshold, which stopped their "
    "code, is answered from its slices with most lung, and fewer slices than K are averaged as "
    "they are.",
    "Lung masks are made on the stored slices; a resampled slice takes the mask of the nearest "
    "one, where theirs was made after resampling. Scans with slices every 2 mm are the same.",
)

_OTHER_LUNGS = (
    "Its lung masks are those of {method}, not of R231 as theirs: the area threshold was searched "
    "with R231, so with these masks it is chosen here."
)

_BEST = (
    "Its epoch was chosen by its accuracy on validation slices, so its score on validation scans "
    "is no measure of it."
)


def limits_of(settings: Settings) -> tuple[str, ...]:
    """The lines for a model of these settings."""
    lines = list(THEIRS)
    if settings.lung_method != "r231":
        lines.append(_OTHER_LUNGS.format(method=settings.lung_method))
    if settings.checkpoint == "best":
        lines.append(_BEST)
    return tuple(lines)
