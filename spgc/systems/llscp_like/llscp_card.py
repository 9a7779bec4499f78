"""What a model card says of `llscp-like`: what is the team's, what was chosen here."""

from __future__ import annotations

from spgc.systems.llscp_like.llscp_settings import LlscpSettings

ORIGIN = (
    "The structure is team LLSCP's, after the abstract of Yang, Hou, Chen, Zhang and Chen (ICASSP "
    "2021, pp. 8578-8582); the numbers are ours: their settings are not published."
)

LIMITS = (
    "From the abstract: volume and lung mask into a 3-D ResNet of three classes; five models "
    "trained independently on COVID-19 and CAP alone, as an ensemble; both stages combined.",
    "Ours, since nothing says it: {low:g} to {high:g} HU, the lungs' box and {margin:g} mm at "
    "{size} voxels, ResNet-{depth}, cross-entropy, AdamW at {rate:g} falling along a cosine, "
    "flips, turns, scale, brightness and noise, the last epoch kept.",
    "Ours: each of the five learns from all scans of the smaller class and as many of the larger, "
    "whose scans are shared out among the five, and starts from stage 1 (the title says "
    "progressive). The abstract calls them independent.",
    "Ours: normal as stage 1 says; the rest is shared by the five's mean of COVID-19 and CAP. The "
    "class is that of the largest probability.",
    "The box is stretched to one grid, whatever its shape in millimetres: sizes are not compared "
    "between patients. A scan without any lung is answered from all of it with an empty mask, and "
    "the run says so.",
)

_STARTS = {
    "medicalnet": "It started from MedicalNet's ResNet-{depth}, whose training scans are CT and "
    "MR of many organs; their overlap with these is unknown. The mask's filters start at 0.",
    "kinetics": "It started from torchvision's r3d_18, trained on videos of people (Kinetics-400): "
    "three colours summed into one, stem without pooling. The mask's filters start at 0.",
    "none": "It started at random, not from pretrained weights as the paper preset does.",
}


def limits_of(settings: LlscpSettings) -> tuple[str, ...]:
    """The lines for a model of these settings."""
    low, high = settings.grey_range
    numbers = {
        "low": low,
        "high": high,
        "margin": settings.margin_mm,
        "size": " × ".join(map(str, settings.size)),
        "depth": settings.depth,
        "rate": settings.learning_rate,
    }
    return tuple(line.format(**numbers) for line in (*LIMITS, _STARTS[settings.weights]))
