"""COVID-19 as published series describe it.

* Bilateral in 28, 76 and 88 % of scans made 0-2, 3-5 and 6-12 days after onset; consolidation,
  linear opacities, crazy paving, total extent grow with time; 56 % of early scans show nothing:
  Bernheim et al., Radiology 295:200463, 2020 (121 patients). Scans without any finding are not
  drawn, since nobody could tell them from normal ones.
* Bilateral in 79 %, peripheral in 54 %, ill-defined in 81 %, ground glass the main pattern in
  65 %; the right lower lobe holds 27 % of affected segments: Shi et al., Lancet Infect Dis 20:425,
  2020 (81 patients).
* "Typical" is peripheral, bilateral ground glass, perhaps with consolidation or visible
  intralobular lines, or multifocal rounded ground glass: RSNA expert consensus, Simpson et al.,
  Radiology: Cardiothoracic Imaging 2:e200152, 2020. Lobar consolidation, tree-in-bud and effusion
  speak against it, and are not drawn.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from spgc.phantoms.finding_places import LungPlaces
from spgc.phantoms.lesions import Lesion, dealt
from spgc.phantoms.thorax import LLL, LUL, RLL, RML, RUL

STAGES = {"early": (0.28, 0.18), "intermediate": (0.76, 0.36), "late": (0.88, 0.46)}
"""Stage: share of bilateral scans (Bernheim); share of phantoms, chosen: 73 % bilateral in all."""

LOBE_SHARE = {RLL: 0.27, LLL: 0.25, RUL: 0.18, LUL: 0.18, RML: 0.12}
"""Share of lesions per lobe: RLL from Shi, the others chosen to lean to the lower lobes."""

PERIPHERAL = 0.75
"""Share of lesions drawn at the pleura: chosen between Shi's 54 % and the "typical" pattern."""

_COUNT = {"early": (1, 4), "intermediate": (4, 10), "late": (6, 15)}
_RADIUS = {"early": (8, 18), "intermediate": (9, 24), "late": (10, 30)}
_HAZE = {"early": (-700, -520), "intermediate": (-660, -430), "late": (-600, -340)}
_SOLID = {"early": 0.10, "intermediate": 0.25, "late": 0.40}
_PAVING = {"early": 0.05, "intermediate": 0.20, "late": 0.40}


def draw_covid(
    places: LungPlaces,
    rng: np.random.Generator,
    severity: float = 1.0,
    turn: float | None = None,
    *,
    typical: bool = False,
) -> tuple[list[Lesion], str]:
    """Lesions of one scan, and its stage.

    `severity` above 1 makes early stages rare; `turn` as in `dealt`; `typical` ones are bilateral
    and keep to the pleura (Simpson).
    """
    weights = np.array([share for _, share in STAGES.values()])
    weights = weights / np.array([severity**4, severity, 1])
    stage = dealt(list(STAGES), weights, rng.random() if turn is None else turn)
    lobes, shares = _lobes(rng, bilateral=bool(rng.random() < STAGES[stage][0]) or typical)
    paved = rng.random() < _PAVING[stage]
    solid = rng.random() < _SOLID[stage]
    count = int(rng.integers(*_COUNT[stage]))
    chosen = [lobes[int(k)] for k in rng.choice(len(lobes), size=count, p=shares)]
    if len({lobe in (LLL, LUL) for lobe in lobes}) == 2 and count > 1:
        chosen[0], chosen[1] = _one_of((RLL, RUL), rng), _one_of((LLL, LUL), rng)
    lesions = [_patch(places, rng, lobe, stage, paved, solid, k) for k, lobe in enumerate(chosen)]
    if typical:
        lesions = [_at_the_pleura(lesion, places, rng) for lesion in lesions]
    if stage == "late":
        lesions += [_band(places, rng, k) for k in range(int(rng.integers(0, 4)))]
    return lesions, stage


def _one_of(lobes: tuple[int, int], rng: np.random.Generator) -> int:
    return lobes[int(rng.random() < 0.4)]


def _lobes(rng: np.random.Generator, *, bilateral: bool) -> tuple[list[int], np.ndarray]:
    right = rng.random() < 0.57
    held = [lobe for lobe in LOBE_SHARE if bilateral or (lobe in (RLL, RML, RUL)) == right]
    weights = np.array([LOBE_SHARE[lobe] for lobe in held])
    return held, weights / weights.sum()


def _patch(
    places: LungPlaces,
    rng: np.random.Generator,
    lobe: int,
    stage: str,
    paved: bool,
    solid: bool,
    number: int,
) -> Lesion:
    """Ground glass, peripheral as a rule: a flat patch on the pleura or a round one inside."""
    peripheral = rng.random() < PERIPHERAL
    centre = places.pick(lobe=lobe, peripheral=1.0 if peripheral else 0.1, back=0.7)
    radius = rng.uniform(*_RADIUS[stage])
    x, y, z = (float(radius * stretch) for stretch in rng.uniform(0.8, 1.5, 3))
    return Lesion(
        centre=centre,
        radii=(x, y, z),
        haze=rng.uniform(*_HAZE[stage]),
        solid=float(rng.uniform(0.2, 0.5)) if solid and rng.random() < 0.5 else 0.0,
        paving=float(rng.uniform(0.6, 1.0)) if paved and rng.random() < 0.7 else 0.0,
        ragged=rng.uniform(0.2, 0.42),
        soft=rng.uniform(0.3, 0.75),
        rind=float(rng.uniform(10, 24)) if peripheral and rng.random() < 0.75 else None,
        grain=number,
    )


def _at_the_pleura(lesion: Lesion, places: LungPlaces, rng: np.random.Generator) -> Lesion:
    centre = places.pick(peripheral=1.0, back=0.2)
    return replace(lesion, centre=centre, rind=float(rng.uniform(14, 20)))


def _band(places: LungPlaces, rng: np.random.Generator, number: int) -> Lesion:
    """A subpleural curved line, as late scans show."""
    x, y, z = places.pick(peripheral=1.0, back=1.0)
    return Lesion(
        (x, y, z),
        (rng.uniform(18, 32), rng.uniform(18, 32), rng.uniform(6, 14)),
        haze=-350,
        soft=0.5,
        ragged=0.25,
        rind=float(rng.uniform(3.5, 6)),
        grain=20 + number,
    )
