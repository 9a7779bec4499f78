"""Give a Codabench bundle to Codabench's own unpacker, on a database in memory.

    python codabench.py CHECKOUT BUNDLE.zip [BUNDLE.zip ...]

CHECKOUT is a copy of the repository codabench of codalab on GitHub. Needs Python 3.12 or later and
the packages of its pyproject.toml that it imports here (docs/kits.md names them). Prints the
phases, tasks and columns that were stored, and ends with 1 where the bundle is refused.
"""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
import types
import zipfile
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

APPS = (
    "profiles",
    "analytics",
    "competitions",
    "datasets",
    "pages",
    "leaderboards",
    "tasks",
    "commands",
    "queues",
    "forums",
    "announcements",
    "oidc_configurations",
)
LIBRARIES = (
    "django.contrib.sites",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "rest_framework",
    "rest_framework.authtoken",
    "oauth2_provider",
    "social_django",
)
BUCKETS = ("azure", "azure.storage", "azure.storage.blob")
"""Packages of a bucket, which nothing here needs."""


def start(checkout: Path, media: Path) -> None:
    """Django with Codabench's models on SQLite in memory and files in a folder."""
    sys.path[:0] = [str(checkout / "src"), str(checkout / "src" / "apps")]
    os.environ.update(DOMAIN_NAME="localhost", TEMP_SUBMISSION_STORAGE=str(media))
    for name in BUCKETS:
        sys.modules.setdefault(name, MagicMock())
    base = importlib.import_module("settings.base")
    from django.conf import global_settings, settings

    known = {**vars(global_settings), **vars(base)}
    settings.configure(
        types.SimpleNamespace(**{name: one for name, one in known.items() if name.isupper()}),
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=(*LIBRARIES, *APPS),
        MIGRATION_MODULES={name.rpartition(".")[2]: None for name in (*LIBRARIES, *APPS)},
        MEDIA_ROOT=str(media),
        STORAGES={"default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}},
        CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        CELERY_BROKER_URL="memory://",
    )
    _stand_in_for_storage()
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0)


def _stand_in_for_storage() -> None:
    """`utils.storage` with files on disk in the place of buckets."""
    from django.core.files.storage import FileSystemStorage

    module: Any = types.ModuleType("utils.storage")
    module.BundleStorage = module.PublicStorage = module.DefaultStorage = FileSystemStorage()
    module.md5 = lambda name: str(Path(name).stat().st_size)
    sys.modules["utils.storage"] = module


def unpacked(bundle: Path, folder: Path) -> Any:
    """The competition that Codabench stores of a bundle, unpacked as its task does."""
    import yaml
    from competitions.unpackers.v2 import V2Unpacker
    from django.contrib.auth import get_user_model

    with zipfile.ZipFile(bundle) as opened:
        opened.extractall(folder)
    document = yaml.safe_load((folder / "competition.yaml").read_text("utf-8"))
    if str(document.get("version", "1")) != "2":
        raise SystemExit("competition.yaml is not of version 2")
    user, _ = get_user_model().objects.get_or_create(username="organiser")
    unpacker = V2Unpacker(document, str(folder), user)
    unpacker.unpack()
    return unpacker.save()


def show(competition: Any) -> None:
    """What was stored of a competition."""
    print(f"competition: {competition.title}, {competition.docker_image}")
    for phase in competition.phases.order_by("index"):
        print(
            f"phase {phase.index}: {phase.name}, {phase.start} to {phase.end}, "
            f"{phase.max_submissions_per_person} submissions, {phase.max_submissions_per_day} a "
            f"day, migrates {phase.auto_migrate_to_this_phase}, tasks "
            f"{[task.name for task in phase.tasks.all()]}"
        )
    board = competition.phases.first().leaderboard
    columns = ", ".join(f"{c.index} {c.key}" for c in board.columns.order_by("index"))
    print(f"leaderboard: {board.submission_rule}; columns {columns}")


def main(words: list[str]) -> int:
    checkout, bundles = Path(words[0]), [Path(word) for word in words[1:]]
    refused = 0
    with tempfile.TemporaryDirectory() as scratch:
        start(checkout, Path(scratch) / "media")
        for number, bundle in enumerate(bundles):
            try:
                show(unpacked(bundle, Path(scratch) / str(number)))
                print(f"{bundle.name}: accepted")
            except Exception as error:  # whatever Codabench raises is its answer
                refused += 1
                print(f"{bundle.name}: refused: {type(error).__name__}: {error}")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
