"""Synthetic chest CT, from a drawn thorax to a cohort of DICOM folders. For software tests only.

`person` and `thorax` give the anatomy, `trees`, `bones` and `tubes` what runs through it, `covid`,
`cap` and `variants` what is found in it, `scanner` the noise, `devices` the metal; `draw` puts per
scan together, `dicom` and `cohort` write it. Nothing measured on a phantom says anything about
patients.
"""

from __future__ import annotations

from spgc.jobs.extras import need

need("ct")
