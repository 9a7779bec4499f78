"""What a model card says of UniSheff: what is the team's, what was chosen here, what was mended."""

from __future__ import annotations

from spgc.systems.unisheff.unisheff_settings import UniSheffSettings

ORIGIN = (
    "After the follow-up's published preprocessing and training code, its figure of the network "
    "and what is published of its 3-D backbones. Their weights are not used."
)

_LINES = (
    "Theirs, from code: lungs from intensities, resampling, slice rule, crop, cube of 224, copies "
    "by class and how they are turned, Adam at 1e-4 and its steps, batch, epochs, last epoch kept. "
    "Theirs, from the figure: masks behind the stem and stages 1 to 3, the layers of the head.",
    "Chosen here, since nothing says it: filters divided by their depth when they are inflated and "
    "colours summed, 256 units and dropout of one half in the head, the lung area as a count of "
    "pixels, cubic B-splines where MATLAB has cubic convolution, one mean and one standard "
    "deviation of all training volumes to normalise by.",
    "Mended against their code: the preprocessing draws at random even when it answers, here only "
    "if draws ask for it; all scans were split after they had been copied, so copies of a patient "
    "stood on both sides and the official validation scans were trained on, here nothing but the "
    "training split is learnt from.",
    "It looks at one cube: slices above and below those with much lung are never seen, and mm play "
    "no part, as in theirs.",
)

_FOLLOW_UP = (
    "Published for the follow-up on the challenge's 90 test scans: 80 right with ResNet-50, 80 "
    "with ResNet-101, 72 with ResNet-18, all with t = 0.8 and trained on all 307 scans."
)

_CHALLENGE = (
    "The challenge's version had 77 of 90 right. Of it the network's name and the lung extraction "
    "are known; all else is as in the follow-up."
)

_FIRST = (
    "The stride is taken by the first convolution of a bottleneck, as in theirs; torchvision's "
    "weights were trained with it in the middle."
)

_MIDDLE = (
    "The stride is taken by the middle convolution of a bottleneck, as torchvision's weights were "
    "trained; theirs takes it first."
)

_FLAT_START = "Started at random, not from ImageNet as theirs."


def limits_of(settings: UniSheffSettings) -> tuple[str, ...]:
    """The lines for a model of these settings."""
    lines = [*_LINES, _FOLLOW_UP if settings.roi else _CHALLENGE]
    if settings.depth != 18:
        lines.append(_FIRST if settings.stride == "first" else _MIDDLE)
    if settings.weights == "none":
        lines.append(_FLAT_START)
    return tuple(lines)
