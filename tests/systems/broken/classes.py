"""Systems whose class or untrained system breaks one rule of the contract each."""

from __future__ import annotations

from spgc.contract import NO_OPTIONS, Prediction, silent
from tests.systems.broken.catalogue import breaks
from tests.systems.small.whole_volume import WholeVolume


@breaks("members", "summary is")
class TwoLines(WholeVolume):
    summary = "one\ntwo"


@breaks("members", "name is")
class NameOfTwoWords(WholeVolume):
    name = "whole volume"


@breaks("members", "learns_unlabelled is 0")
class NumberForBool(WholeVolume):
    learns_unlabelled = 0


@breaks("members", "lung_method is 'magic'")
class UnknownLungs(WholeVolume):
    lung_method = "magic"


@breaks("members", "limits is")
class LimitsAsText(WholeVolume):
    limits = "It has limits."


@breaks("members", "chooses_by_val is set and limits is empty")
class ChoosesWithoutSaying(WholeVolume):
    chooses_by_val = True


@breaks("signatures", "fit takes")
class NoUnlabelled(WholeVolume):
    def fit(self, train, val, folder, track=silent):
        super().fit(train, val, folder, track)


@breaks("signatures", "load takes")
class LoadsWithoutOptions(WholeVolume):
    @classmethod
    def load(cls, folder, run=None):
        return super().load(folder, run)


@breaks("options", "an unknown option is taken in silence")
class TakesEverything(WholeVolume):
    @classmethod
    def create(cls, options=NO_OPTIONS, run=None):
        return super().create({n: v for n, v in options.items() if n in cls.options()}, run)


@breaks("options", "raises KeyError")
class RaisesAnything(WholeVolume):
    @classmethod
    def create(cls, options=NO_OPTIONS, run=None):
        for name in options:
            cls.options()[name]
        return super().create(options, run)


@breaks("options", "has the name 'cell-size'")
class OptionWithAHyphen(WholeVolume):
    @classmethod
    def options(cls):
        return {**super().options(), "cell-size": "a number"}


@breaks("options", "has the name 'help'")
class OptionCalledHelp(WholeVolume):
    @classmethod
    def options(cls):
        return {**super().options(), "help": "text"}


@breaks("options", "no 'seed'")
class NoSeed(WholeVolume):
    @classmethod
    def options(cls):
        return {n: v for n, v in super().options().items() if n != "seed"}


@breaks("description before training", "has at least system")
class SaysNothingYet(WholeVolume):
    def describe(self):
        return self._document


@breaks("untrained", "untrained, predict works")
class AnswersUntrained(WholeVolume):
    def predict(self, scans, total=None, track=silent):
        if self._means is None:
            return {name: Prediction("Normal") for name, _ in scans}
        return super().predict(scans, total, track)


@breaks("untrained", "untrained, save raises TypeError")
class SavesNothing(WholeVolume):
    def save(self, folder):
        if self._home is None:
            raise TypeError("no home")
        super().save(folder)
