"""The anatomy of one drawn person, before any slice is cut."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from spgc.phantoms.bones import CARTILAGE, CORTEX, MARROW, Bones, draw_bones
from spgc.phantoms.cap import draw_cap, effusion_of
from spgc.phantoms.conditions import Conditions, Grade
from spgc.phantoms.covid import draw_covid
from spgc.phantoms.devices import Devices, draw_devices
from spgc.phantoms.extent import TONES, evened
from spgc.phantoms.finding_places import LungPlaces
from spgc.phantoms.lesions import Lesion, worse
from spgc.phantoms.person import draw_person
from spgc.phantoms.raster import Field, Raster, paint
from spgc.phantoms.texture import Texture
from spgc.phantoms.thorax import Thorax
from spgc.phantoms.trees import LungTrees, draw_windpipe, grow_trees
from spgc.phantoms.tubes import Tubes, stamp
from spgc.phantoms.variants import Variants, draw_heart_failure, draw_variants
from spgc.protocol import CAP, COVID19, LOBES


@dataclass(frozen=True)
class Anatomy:
    """One person with findings. `words` tells what was drawn, for the cohort's own record."""

    thorax: Thorax
    trees: LungTrees
    bones: Bones
    windpipe: Tubes
    texture: Texture
    lesions: tuple[Lesion, ...]
    variants: Variants
    devices: Devices | None
    motion: float
    words: dict[str, object]

    def places(self, raster: Raster) -> tuple[Field, Field]:
        """Body coordinates of the coarse grid, (h, w) each: the person may lie a little turned."""
        c, s = np.cos(self.thorax.person.tilt), np.sin(self.thorax.person.tilt)
        x = raster.x * np.float32(c) + raster.y * np.float32(s)
        y = raster.y * np.float32(c) - raster.x * np.float32(s)
        return x, y

    def paint_bones(
        self, image: Field, raster: Raster, z: float, thickness: float, edge: float
    ) -> None:
        """Ribs, their cartilage, collar bones and shoulder blades, in place."""
        tilt = self.thorax.person.tilt
        uneven = self.texture.plane("mottle", raster, z)
        for tubes, hu, core in (
            (self.bones.cartilage, CARTILAGE, 0.0),
            (self.bones.shoulder, CORTEX - 60, 0.0),
            (self.bones.ribs, CORTEX, 1.5),
        ):
            discs = tubes.near(z, thickness).turned(tilt)
            canvas = np.zeros_like(image)
            stamp(canvas, raster, raster.whole, discs, edge_mm=edge)
            paint(image, canvas, hu + 0.28 * hu * uneven)
            if core:
                canvas[:] = 0
                stamp(canvas, raster, raster.whole, discs, edge_mm=edge, grow=-core)
                paint(image, canvas, MARROW + 60 * uneven)

    def paint_windpipe(
        self, image: Field, raster: Raster, z: float, thickness: float, edge: float
    ) -> None:
        """Trachea and main bronchi with their wall, in place."""
        discs = self.windpipe.near(z, thickness).turned(self.thorax.person.tilt)
        for grow, hu in ((1.6, 20.0), (0.0, -995.0)):
            canvas = np.zeros_like(image)
            stamp(canvas, raster, raster.whole, discs, edge_mm=edge, grow=grow)
            paint(image, canvas, hu)


def draw_anatomy(
    label: str,
    conditions: Conditions,
    people: np.random.Generator,
    finds: np.random.Generator,
    grain: np.random.Generator,
    grade: Grade,
) -> Anatomy:
    """A person with the findings of class `label`; `people`, `finds`, `grain` are random."""
    person = draw_person(people, conditions.heart, grade.variety)
    if grade.extent:
        person = replace(person, lung_hu=float(people.uniform(*TONES)))
    thorax = Thorax(person)
    trees = grow_trees(thorax, people)
    found = _draw_findings(label, thorax, trees, conditions, finds, grade)
    metal = {
        name: bool(people.random() < share)
        for name, share in (
            ("wires", conditions.wires),
            ("pacemaker", conditions.pacemaker),
            ("valve", conditions.valve),
        )
    }
    thorax = Thorax(person, found.fluid)
    words = found.words | {
        "age": round(person.age),
        "breath": round(person.breath, 2),
        "effusion_mm": [round(v) for v in found.fluid],
        **metal,
    }
    return Anatomy(
        thorax,
        trees,
        draw_bones(thorax, people),
        draw_windpipe(thorax),
        Texture(grain),
        found.lesions,
        found.variants,
        draw_devices(thorax, people, **metal),
        float(people.uniform(4, 10)) if people.random() < conditions.motion else 0.0,
        words,
    )


@dataclass(frozen=True)
class _Findings:
    """Everything that is not anatomy; `fluid` is the height of effusion (right, left) in mm."""

    lesions: tuple[Lesion, ...]
    variants: Variants
    fluid: tuple[float, float]
    words: dict[str, object]


def _draw_findings(
    label: str,
    thorax: Thorax,
    trees: LungTrees,
    conditions: Conditions,
    finds: np.random.Generator,
    grade: Grade,
) -> _Findings:
    places = LungPlaces(thorax, finds)
    lesions: list[Lesion] = []
    words: dict[str, object] = {"class": label}
    fluid = (0.0, 0.0)
    if label == COVID19:
        lesions, words["stage"] = draw_covid(
            places, finds, grade.severity, grade.turn, typical=grade.extent is not None
        )
    elif label == CAP:
        lesions, pattern, lobe = draw_cap(places, trees, finds, grade.severity, grade.turn)
        words |= {"pattern": pattern, "lobe": LOBES[lobe]}
        fluid = effusion_of(pattern, lobe, finds)
    lesions = [worse(lesion, grade.severity) for lesion in lesions]
    if grade.extent:
        lesions = evened(label, lesions, places, finds, grade.extent)
    variants = draw_variants(thorax.person, places, finds, grade.variety)
    failing, more = draw_heart_failure(places, finds, conditions.effusion, conditions.oedema)
    return _Findings(
        (*lesions, *failing, *variants.lesions),
        variants,
        (max(fluid[0], more[0]), max(fluid[1], more[1])),
        words,
    )
