"""Community-acquired pneumonia as the literature describes it.

* Three patterns on imaging: focal nonsegmental or lobar pneumonia, multifocal bronchopneumonia or
  lobular pneumonia, focal or diffuse interstitial pneumonia: Franquet, Journal of Thoracic
  Imaging 33:282, 2018.
* The usual one is the lobar: consolidation of the air spaces, limited to one lobe or segment:
  Vilar et al., European Journal of Radiology 51:102, 2004. It keeps to the fissures and its bronchi
  stay open: air bronchograms (glossary: Hansell et al., Radiology 246:697, 2008).
* Consolidation, bronchial wall nodules (tree-in-bud) and effusion on the side of the pneumonia set
  it apart from COVID-19: the "atypical" pattern of Simpson et al., Radiology: Cardiothoracic
  Imaging 2:e200152, 2020.

How often each pattern is drawn is chosen: the reviews give no shares. One in six is a mild
interstitial pneumonia, whose ground glass is hard to tell from COVID-19.
"""

from __future__ import annotations

import numpy as np

from spgc.phantoms.finding_places import LungPlaces
from spgc.phantoms.lesions import Lesion, dealt
from spgc.phantoms.thorax import LLL, LUL, RLL, RML, RUL
from spgc.phantoms.trees import LungTrees

PATTERNS = {"lobar": 0.48, "bronchopneumonia": 0.36, "interstitial": 0.16}

_LOBES = {RLL: 0.30, LLL: 0.28, RML: 0.12, RUL: 0.15, LUL: 0.15}

EFFUSION = {"lobar": 0.45, "bronchopneumonia": 0.25, "interstitial": 0.05}
"""Share of scans with fluid beside the pneumonia; chosen."""


def draw_cap(
    places: LungPlaces,
    trees: LungTrees,
    rng: np.random.Generator,
    severity: float = 1.0,
    turn: float | None = None,
) -> tuple[list[Lesion], str, int]:
    """Lesions of one scan, its pattern, and the lobe that is hit most.

    `severity` above 1 makes the lobar pattern commoner; `turn` as in `dealt`.
    """
    weights = np.array(list(PATTERNS.values())) / np.array([1, severity, severity**4])
    pattern = dealt(list(PATTERNS), weights, rng.random() if turn is None else turn)
    lobe = list(_LOBES)[int(rng.choice(len(_LOBES), p=list(_LOBES.values())))]
    if pattern == "lobar":
        return _lobar(places, rng, lobe), pattern, lobe
    if pattern == "bronchopneumonia":
        return _bronchopneumonia(trees, rng, lobe), pattern, lobe
    return _interstitial(places, rng, lobe), pattern, lobe


def effusion_of(pattern: str, lobe: int, rng: np.random.Generator) -> tuple[float, float]:
    """Height in mm of pleural fluid (right, left) on the side of the pneumonia."""
    if rng.random() > EFFUSION[pattern]:
        return (0.0, 0.0)
    deep = float(rng.uniform(10, 38))
    return (0.0, deep) if lobe in (LLL, LUL) else (deep, 0.0)


def _lobar(places: LungPlaces, rng: np.random.Generator, lobe: int) -> list[Lesion]:
    """Consolidation that starts at the pleura and fills part or all of one lobe."""
    centre = places.pick(lobe=lobe, peripheral=0.5, back=0.4)
    size = rng.uniform(26, 62)
    return [
        Lesion(
            centre,
            tuple(size * rng.uniform((0.8, 0.8, 0.7), (1.2, 1.2, 1.1))),
            haze=rng.uniform(-560, -380),
            solid=rng.uniform(0.5, 0.85),
            ragged=rng.uniform(0.2, 0.4),
            soft=0.35,
            lobe=lobe,
        )
    ]


def _bronchopneumonia(trees: LungTrees, rng: np.random.Generator, lobe: int) -> list[Lesion]:
    """Patches and small nodules at the ends of the bronchi, in one or two lobes of one lung."""
    side = {RLL: RUL, RUL: RLL, RML: RLL, LLL: LUL, LUL: LLL}
    hit = [lobe] if rng.random() < 0.55 else [lobe, side[lobe]]
    if rng.random() < 0.2:  # now and then both lungs
        hit.append(LLL if lobe in (RLL, RML, RUL) else RLL)
    ends = trees.airway_ends[np.isin(trees.airway_lobes, hit)]
    middle = ends[int(rng.integers(len(ends)))]
    near = ends[np.argsort(((ends - middle) ** 2).sum(axis=1))[: int(rng.integers(12, 34))]]
    if len(hit) > 1:
        near = np.concatenate([near, ends[rng.integers(0, len(ends), 5)]])
    return [_nodule(place, rng, k) for k, place in enumerate(near)]


def _nodule(place: np.ndarray, rng: np.random.Generator, number: int) -> Lesion:
    large = rng.random() < 0.35
    radius = rng.uniform(9, 18) if large else rng.uniform(3.5, 7)
    x, y, z = (float(v) for v in place + rng.normal(0, 2, 3))
    return Lesion(
        (x, y, z),
        (radius, radius, radius * 0.9),
        haze=rng.uniform(-600, -350),
        solid=rng.uniform(0.3, 0.75) if large or rng.random() < 0.5 else 0.0,
        ragged=0.3 if large else 0.1,
        soft=0.5,
        grain=number % 11,
    )


def _interstitial(places: LungPlaces, rng: np.random.Generator, lobe: int) -> list[Lesion]:
    """A few patches of ground glass, mostly in one lobe, less bound to the pleura."""
    patches = []
    for number in range(int(rng.integers(1, 5))):
        there = lobe if rng.random() < 0.75 else None
        radius = rng.uniform(9, 24)
        patches.append(
            Lesion(
                places.pick(lobe=there, peripheral=0.35, back=0.3),
                (radius, radius * rng.uniform(0.8, 1.3), radius),
                haze=rng.uniform(-660, -450),
                ragged=0.35,
                soft=rng.uniform(0.4, 0.7),
                grain=number,
            )
        )
    return patches
