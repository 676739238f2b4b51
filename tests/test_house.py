"""The house law as tests: floors, vendors, clock, words, sizes. Each room keeps to its own."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from jinja2 import Environment, meta

from handlers.intents import Intent
from handlers.routes import TABLE

ROOT = Path(__file__).parent.parent
FLOORS = {"models": 0, "services": 1, "handlers": 2, "scheduler": 2, "web": 2, "bot": 3}
VENDORS = {"slack_bolt", "slack_sdk", "aiohttp", "telegram", "starlette", "uvicorn", "typer", "httpx"}
PRODUCT = [*(f for room in FLOORS for f in sorted((ROOT / room).rglob("*.py"))), ROOT / "scheduler.py"]
EVERYTHING = [*PRODUCT, *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "migrations").rglob("*.py"))]
PRODUCT_IDS = [str(f.relative_to(ROOT)) for f in PRODUCT]
LONGEST_FILE, LONGEST_FUNCTION = 400, 60
MAY_OPEN_TRANSACTIONS = {
    "dispatch.py",
    "scheduler.py",
    "sender.py",
    "receiver.py",
    "profiles.py",
    "feeds.py",
    "polling.py",
    "account.py",
    "app.py",
    "demo.py",
    "cli.py",
    "db.py",
    "lease.py",
    "tokens.py",
}


def _room(file: Path) -> str:
    part = file.relative_to(ROOT).parts[0]
    return part.removesuffix(".py")


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@cache
def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


@pytest.mark.parametrize("file", PRODUCT, ids=PRODUCT_IDS)
def test_arrows_point_only_downward(file: Path) -> None:
    floor = FLOORS[_room(file)]
    for name in _imports(_tree(file)):
        target = name.split(".")[0]
        if target in FLOORS and target != _room(file):
            assert FLOORS[target] < floor, f"{file} imports {name}"


@pytest.mark.parametrize("file", PRODUCT, ids=PRODUCT_IDS)
def test_only_the_rim_knows_vendors_and_async(file: Path) -> None:
    if _room(file) == "bot":
        return
    tree = _tree(file)
    assert not {name.split(".")[0] for name in _imports(tree)} & VENDORS
    assert not any(isinstance(node, (ast.AsyncFunctionDef, ast.Await)) for node in ast.walk(tree))


def test_only_one_room_imports_jinja_for_what_the_bot_says() -> None:
    users = {str(f.relative_to(ROOT)) for f in PRODUCT if "jinja2" in set(_imports(_tree(f)))}
    assert users == {"services/render.py", "bot/playground/link.py"}


@pytest.mark.parametrize("file", PRODUCT, ids=PRODUCT_IDS)
def test_the_wall_clock_is_read_in_one_room(file: Path) -> None:
    if file.name == "clock.py":
        return
    source = file.read_text("utf-8")
    assert not re.search(r"datetime\.now\(|utcnow\(|date\.today\(|time\.time\(", source)


@pytest.mark.parametrize("file", PRODUCT, ids=PRODUCT_IDS)
def test_the_environment_is_read_at_the_command_line_only(file: Path) -> None:
    if file.name != "cli.py":
        assert "environ" not in file.read_text("utf-8") or file.name in ("settings.py", "render.py", "link.py")
        assert "os.environ" not in file.read_text("utf-8")


@pytest.mark.parametrize("file", PRODUCT, ids=PRODUCT_IDS)
def test_services_and_handlers_commit_nothing(file: Path) -> None:
    source = file.read_text("utf-8")
    if ".transaction()" in source:
        assert file.name in MAY_OPEN_TRANSACTIONS
    if file.name not in ("db.py", "cli.py"):
        assert ".commit()" not in source


@pytest.mark.parametrize("file", EVERYTHING, ids=[str(f.relative_to(ROOT)) for f in EVERYTHING])
def test_no_sentence_hides_in_code(file: Path) -> None:
    assert not re.search(r"[\u3400-\u9fff]", file.read_text("utf-8")), "people's words belong in templates/"


@pytest.mark.parametrize("file", EVERYTHING, ids=[str(f.relative_to(ROOT)) for f in EVERYTHING])
def test_files_and_functions_stay_readable(file: Path) -> None:
    source = file.read_text("utf-8")
    if "migrations" not in file.parts:
        assert source.count("\n") <= LONGEST_FILE
    for node in ast.walk(_tree(file)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and "migrations" not in file.parts:
            assert (node.end_lineno or 0) - node.lineno <= LONGEST_FUNCTION, f"{file}:{node.name}"


@pytest.mark.parametrize("file", PRODUCT, ids=PRODUCT_IDS)
def test_every_room_says_what_it_is(file: Path) -> None:
    assert ast.get_docstring(_tree(file))


def test_every_intent_has_exactly_one_row_in_the_table() -> None:
    assert sorted(route.intent.__name__ for route in TABLE) == sorted(kind.__name__ for kind in get_args(Intent))


def test_every_platform_has_the_same_three_doors() -> None:
    """A platform that only sends has no way in."""
    for folder in (ROOT / "bot").iterdir():
        if folder.is_dir() and (folder / "__init__.py").exists():
            doors = {"outbound.py", "link.py"} | ({"inbound.py"} if folder.name != "wecom_robot" else set())
            assert doors <= {f.name for f in folder.iterdir()}


def _variables(file: Path) -> set[str]:
    environment = Environment(autoescape=True)
    environment.filters.update(day=str, quote=str)
    return meta.find_undeclared_variables(environment.parse(file.read_text("utf-8")))


def test_both_languages_have_the_same_templates_and_variables() -> None:
    files = {locale: sorted(f.name for f in (ROOT / "templates" / locale).iterdir()) for locale in ("en", "zh")}
    assert files["en"] == files["zh"]
    for name in files["en"]:
        if name.endswith(".j2"):
            english, chinese = (_variables(ROOT / "templates" / locale / name) for locale in ("en", "zh"))
            assert english == chinese, name


@pytest.mark.parametrize("name", ["words.toml", "playground.toml"])
def test_both_languages_have_the_same_labels(name: str) -> None:
    english, chinese = (
        tomllib.loads((ROOT / "templates" / locale / name).read_text("utf-8")) for locale in ("en", "zh")
    )
    assert _keys(english) == _keys(chinese)


def _keys(table: object) -> object:
    if isinstance(table, dict):
        return {key: _keys(value) for key, value in table.items()}
    return [_keys(item) for item in table] if isinstance(table, list) else None


def test_every_template_is_used() -> None:
    source = "\n".join(f.read_text("utf-8") for f in PRODUCT)
    for file in (ROOT / "templates" / "en").glob("*.j2"):
        assert f'"{file.stem}"' in source, f"{file.name} is said by nobody"
