"""Facts of the Croissant document beyond the manifests: sources, citation, what is unknown."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from spgc.data.citations import COVID_CT_MD, bibtex_line
from spgc.protocol import CAP, COVID19, NORMAL
from spgc.text.purpose import NO_USE_OF_LISTS, PURPOSE_OF_LISTS

TITLE = "Case lists of the 2021 ICASSP COVID-19 Signal Processing Grand Challenge"

ABOUT = (
    "Which chest CT scan is in which split of the 2021 ICASSP COVID-19 Signal Processing Grand "
    "Challenge, with its class (COVID-19, CAP, Normal), where each row comes from, and how certain "
    "it is. Lists only: the images are not distributed here. Scans of train and val are in "
    "COVID-CT-MD on figshare (doi 10.6084/m9.figshare.12991592), scans of test1 to test4 in "
    "SPGC-COVID on Kaggle (doi 10.34740/kaggle/dsv/2866458); a case is the name of a scan's folder "
    "there. The licence named here is that of these lists; the images have terms of their own, "
    f"which those two places state. {PURPOSE_OF_LISTS}"
)

SOURCES: tuple[Mapping[str, str], ...] = (
    {
        "name": "COVID-CT-MD, COVID-19 computed tomography scan dataset applicable in machine "
        "learning and deep learning. Scientific Data 8:121, 2021",
        "url": "https://doi.org/10.1038/s41597-021-00900-3",
        "description": "the paper of the data set: what the scans and classes are",
    },
    {
        "name": "COVID-CT-MD on figshare",
        "url": "https://doi.org/10.6084/m9.figshare.12991592",
        "description": "the images of train and val, but two COVID-19 patients, in other numbers",
    },
    {
        "name": "SPGC-COVID on Kaggle",
        "url": "https://doi.org/10.34740/kaggle/dsv/2866458",
        "description": "the images of test1 to test4",
    },
    {
        "name": "test-1-labels.csv to test-4-labels.csv, released with Xue and Abhayaratne, IEEE "
        "Access 2023",
        "description": "the labels of test1 to test4",
    },
    {
        "name": "Hybrid-CT-CAPS, Hybrid_CT_Data_Numeric.csv, column train-test",
        "description": "train and val recovered: the first source, by the dataset's authors",
    },
    {
        "name": "COVID-VR, results by scan on validation",
        "url": "https://github.com/covid-vr/results",
        "description": "train and val recovered: the second source; they agree in every scan",
    },
    {
        "name": "Recognition of COVID-19 from CT Scans Using Two-Stage Deep-Learning-Based "
        "Approach: CNR-IEMN. Sensors 21(17):5878, 2021",
        "url": "https://doi.org/10.3390/s21175878",
        "description": "the splits and the challenge's results in print",
    },
)
"""Where the lists come from; the first is the page of the data set."""

CITE_AS = bibtex_line(COVID_CT_MD)

LIMITATIONS = (
    "No images, no slice labels: the lists alone.",
    "The official list of train and val (the column Category of the organisers' Stats.csv) was "
    "not to be found in public; these two lists are recovered from two public sources that agree.",
    "The figshare release lacks two of the 171 COVID-19 patients and renumbers the others. One "
    "is P044; the other is one of P056 to P171, unknown which.",
    "Unknown: scanner, slice thickness and dose of the test sets.",
    "Which table of the paper shows test2 and which test3 is known from published predictions, "
    "not from the paper, whose text numbers the sets in another order.",
    "The licence of the images is not known here: see the places that distribute them.",
    "Small: 307 scans to learn from and 130 to test on. Shares have wide intervals.",
)

SENSITIVE = (
    "A case ID with the class of the scan, as the data set's authors published them; the scans are "
    "de-identified by their authors. The lists hold no age, sex, date or name."
)

USES = (
    "Comparing systems that tell COVID-19, CAP and normal chest CT apart, on the challenge's own "
    f"splits. {NO_USE_OF_LISTS}"
)

CLASS_MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        COVID19: "positive for COVID-19",
        CAP: "community-acquired pneumonia",
        NORMAL: "neither",
    }
)

CERTAINTY_MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "official": "the organisers' own list",
        "published": "label and test set as in the released label files",
        "confirmed": "recovered; two independent public sources agree",
        "matches_paper": "recovered, and its counts are those of the paper",
        "likely": "recovered from one source",
        "approximate": "the class is certain, the split is not",
    }
)

SPLIT_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "train": "cr:TrainingSplit",
        "val": "cr:ValidationSplit",
        **{f"test{number}": "cr:TestSplit" for number in (1, 2, 3, 4)},
    }
)

_OWN_NAMES = (
    "annotation",
    "arrayShape",
    "citeAs",
    "column",
    "containedIn",
    "equivalentProperty",
    "excludes",
    "extract",
    "field",
    "fileObject",
    "fileProperty",
    "fileSet",
    "format",
    "includes",
    "isArray",
    "isLiveDataset",
    "jsonPath",
    "key",
    "md5",
    "parentField",
    "path",
    "readLines",
    "recordSet",
    "references",
    "regex",
    "repeated",
    "replace",
    "samplingRate",
    "sdVersion",
    "separator",
    "source",
    "subField",
    "transform",
    "unArchive",
    "value",
)

CONTEXT: Mapping[str, Any] = MappingProxyType(
    {
        "@language": "en",
        "@vocab": "https://schema.org/",
        "sc": "https://schema.org/",
        "cr": "http://mlcommons.org/croissant/",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "dct": "http://purl.org/dc/terms/",
        "conformsTo": "dct:conformsTo",
        "data": {"@id": "cr:data", "@type": "@json"},
        "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
        "examples": {"@id": "cr:examples", "@type": "@json"},
        **{name: f"cr:{name}" for name in _OWN_NAMES},
    }
)
"""Which vocabulary each name of the document is from, as Croissant 1.1 lists them."""
