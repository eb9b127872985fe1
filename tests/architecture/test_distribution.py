"""The built wheel: its four packages are its own, its data files are in it, and the locks name no registry."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {"gateway", "parsers", "storage", "config"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
        str(ROOT),
    ]
    subprocess.run(command, check=True, capture_output=True)
    (path,) = folder.glob("halo_mailgate-*.whl")
    return zipfile.ZipFile(path).namelist()


def test_the_wheel_holds_our_packages_and_nothing_else(wheel):
    assert {name.split("/")[0] for name in wheel if ".dist-info/" not in name} == PACKAGES


@pytest.mark.parametrize(
    "name",
    [
        "storage/migrations/env.py", "storage/migrations/versions/0001_first.py",
        "storage/migrations/versions/0002_links.py", "config/gateway.example.toml",
        "config/templates/acknowledgement.txt.j2", "config/templates/acknowledgement.html.j2",
    ],
)  # fmt: skip
def test_data_files_are_in_it(wheel, name):
    assert name in wheel


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_each_package_is_this_distributions_alone(package):
    assert set(packages_distributions().get(package, [])) <= {"halo-mailgate"}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_locks_have_hashes_and_name_no_registry(name):
    lines = (ROOT / name).read_text().splitlines()
    assert not [line for line in lines if "://" in line or line.startswith(("-i", "--index", "--extra", "--find"))]
    assert "--hash=sha256:" in "\n".join(lines)
