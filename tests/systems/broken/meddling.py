"""Systems whose `create` changes what belongs to the whole process, or only seems to."""

import logging
import warnings

from spgc.contract import NO_OPTIONS
from tests.systems.small.whole_volume import WholeVolume


class Meddling(WholeVolume):
    @classmethod
    def create(cls, options=NO_OPTIONS, run=None):
        warnings.simplefilter("ignore")
        logging.basicConfig(level=logging.DEBUG)
        return super().create(options, run)


class BringsOthers(WholeVolume):
    """scikit-learn adds a warning filter when it is imported: none of this system's doing."""

    @classmethod
    def create(cls, options=NO_OPTIONS, run=None):
        import sklearn.linear_model  # noqa: F401

        return super().create(options, run)
