"""What is deployed is whole, or packaging says what is missing."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest

from infra.package import CannotPackage, check_is_whole, install, locked, package, zip_up
from infra.shrink import CannotShrink, compile_all, shrink, with_operations, without_manual
from infra.vendor import HTMX, ROOT, is_vendored, vendor

APP = ("app.py", "chalicelib/__init__.py", "chalicelib/web/templates/home.html")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in APP:
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "project/requirements.txt").write_text("# pinned\nTyping.Extensions==4.1\npillow==9.0\n")
    return tmp_path / "project"


def packed(tmp_path: Path, *left_out: str, tag: str = "cp311-cp311-manylinux_2_17_x86_64") -> Path:
    """A package of that project, but for some files."""
    contents = dict.fromkeys(APP, "") | {
        "typing_extensions-4.1.dist-info/WHEEL": "Wheel-Version: 1.0\nTag: py3-none-any\n",
        "pillow-9.0.dist-info/WHEEL": f"Wheel-Version: 1.0\nTag: {tag}\n",
    }
    with ZipFile(tmp_path / "deployment.zip", "w") as archive:
        for name, content in contents.items():
            if not name.startswith(left_out):
                archive.writestr(name, content)
    return tmp_path / "deployment.zip"


@pytest.mark.parametrize("found", [None, "something else"])
def test_without_the_right_htmx_nothing_is_packaged(project: Path, found: str | None) -> None:
    if found:
        (project / HTMX).parent.mkdir(parents=True)
        (project / HTMX).write_text(found)

    with pytest.raises(CannotPackage, match=r"htmx\.min\.js is missing.*python -m infra\.vendor"):
        package(project / "build", project)

    assert not (project / "build").exists()


def test_a_whole_package_passes(project: Path, tmp_path: Path) -> None:
    (project / "chalicelib/__pycache__").mkdir()
    (project / "chalicelib/__pycache__/stale.pyc").touch()

    check_is_whole(project, packed(tmp_path))


@pytest.mark.parametrize(
    ("missing", "named"), [("chalicelib/web", "templates/home.html"), ("typing", "Typing.Extensions==4.1")]
)
def test_a_package_that_lacks_something_does_not(project: Path, tmp_path: Path, missing: str, named: str) -> None:
    archive = packed(tmp_path, missing)

    with pytest.raises(CannotPackage, match=named):
        check_is_whole(project, archive)


def test_nor_does_one_with_something_built_for_this_machine(project: Path, tmp_path: Path) -> None:
    archive = packed(tmp_path, tag="cp311-cp311-linux_x86_64")

    with pytest.raises(CannotPackage, match=r"No wheel for Lambda's Python 3\.\d+: pillow-9\.0\."):
        check_is_whole(project, archive)


def test_an_htmx_that_is_right_is_left_alone() -> None:
    assert is_vendored(), "make puts it there"
    before = (ROOT / HTMX).stat().st_mtime_ns

    vendor()

    assert (ROOT / HTMX).stat().st_mtime_ns == before


def test_what_is_installed_is_what_the_lock_has_hashes_of(project: Path) -> None:
    hashes = "    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
    (project / "requirements.lock").write_text(
        f"moto==5.0 \\\n{hashes}pillow==9.0 \\\n{hashes}Typing.Extensions==4.1 \\\n{hashes}"
    )

    assert locked(project) == f"Typing.Extensions==4.1 \\\n{hashes}pillow==9.0 \\\n{hashes}"


def test_a_requirement_that_is_not_in_the_lock_is_not_packaged(project: Path) -> None:
    (project / "requirements.lock").write_text("pillow==9.0 \\\n    --hash=sha256:aa\n")

    with pytest.raises(CannotPackage, match=r"Typing\.Extensions==4\.1: not in requirements\.lock.*make lock"):
        locked(project)


def test_what_is_not_to_be_had_for_lambda_is_named(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")  # there is nothing anywhere
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))

    with pytest.raises(CannotPackage, match=r"Lambda's Python 3\.\d+ on arm64: .*Typing"):
        install(project, tmp_path / "installed", "arm64")


def test_the_same_files_make_the_same_package(tmp_path: Path) -> None:
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        for module in ("b.py", "a.py") if name == "one" else ("a.py", "b.py"):
            (folder / module).write_text(f"WORDS = frozenset({{'{module}', 'dig', 'levee'}})\n")
        compile_all(folder)
        zip_up(folder, tmp_path / f"{name}.zip")

    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_a_library_that_is_laid_out_anew_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "twilio").mkdir()

    with pytest.raises(CannotShrink, match=r"twilio/rest fits nothing any more: look at PRUNED"):
        shrink(tmp_path)


def test_a_service_is_described_without_its_manual() -> None:
    described = {
        "shapes": {"documentation": {"type": "string", "documentation": "<p>Words.</p>"}},
        "documentation": "x",
    }

    assert without_manual(described) == {"shapes": {"documentation": {"type": "string"}}}


def test_an_operation_keeps_all_shapes_that_it_is_told_and_answered_in() -> None:
    described = {
        "operations": {"Get": {"input": {"shape": "In"}}, "Put": {"input": {"shape": "Other"}}},
        "shapes": {
            "In": {"type": "structure", "members": {"Names": {"shape": "Names"}}},
            "Names": {"type": "list", "member": {"shape": "Name"}},
            "Name": {"type": "string"},
            "Other": {"type": "string"},
        },
    }

    kept = with_operations(described, frozenset({"Get"}))

    assert (list(kept["operations"]), list(kept["shapes"])) == (["Get"], ["In", "Name", "Names"])
