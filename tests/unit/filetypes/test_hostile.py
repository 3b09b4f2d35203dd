"""Every file of the corpus is refused in words or taken without harm, in bounded time and memory."""

import json
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from tests.support import hostile
from tests.support.hostile import CORPUS
from tests.support.hostile.runner import WHOLE
from tests.support.soak import FULL
from vetting.documents import preview
from vetting.filetypes import check
from vetting.inspection import child

AT_ONCE = 2
SAMPLE = 24
"""In an ordinary run one file in so many is examined both ways, and its pages are drawn."""
MOST_MEGABYTES = child.MEMORY_BYTES // 1_000_000

pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("hostile"), pytest.mark.timeout(1800 if FULL else 600)]


@pytest.fixture(scope="module")
def outcomes() -> dict[str, dict[str, Any]]:
    """What became of each file, by its name; examined in a few processes side by side."""
    chosen = [name for name, case in CORPUS.items() if FULL or not case.slow]
    asked = [f"{WHOLE}{name}" if FULL or number % SAMPLE == 0 else name for number, name in enumerate(chosen)]
    runners = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.support.hostile.runner"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for _ in range(AT_ONCE)
    ]
    for number, runner in enumerate(runners):
        assert runner.stdin is not None
        runner.stdin.write("\n".join(asked[number::AT_ONCE]))
        runner.stdin.close()
    lines = [line for runner in runners if runner.stdout is not None for line in runner.stdout]
    for runner in runners:
        runner.wait()
        if runner.stdout is not None:
            runner.stdout.close()
    found = {row["name"]: row for row in map(json.loads, lines)}
    assert set(found) == set(chosen)
    return found


def test_the_corpus_is_large_and_covers_every_refusal(outcomes: dict[str, dict[str, Any]]) -> None:
    assert len(CORPUS) >= 200
    seen = Counter(row["word"] for row in outcomes.values())
    assert set(check.VERDICTS) <= set(seen)
    rows = [
        f"{row['seconds']:6.2f} s {row['megabytes']:4} MB  {row['word']:10} {row['name']}"
        for row in sorted(outcomes.values(), key=lambda row: str(row["name"]))
    ]
    drawn = {name: row["looked"] for name, row in outcomes.items() if "looked" in row}
    rows += [
        f"{row['seconds']:6.2f} s {row['megabytes']:4} MB  {row['shown']:10} pages of {name}"
        for name, row in sorted(drawn.items())
    ]
    sys.stdout.write("\n".join([*rows, f"{len(outcomes)} files: {dict(seen.most_common())}", ""]))


@pytest.mark.parametrize("name", CORPUS)
def test_a_hostile_file_does_no_harm(name: str, outcomes: dict[str, dict[str, Any]]) -> None:
    case = CORPUS[name]
    if name not in outcomes:
        pytest.skip("uses up its time; examined in the long run")
    row = outcomes[name]
    assert "nursery_lost" not in row
    assert row.get("said_from_nothing", row["said"]) == row["said"]
    assert row["seconds"] < check.WALL_SECONDS + 2
    assert row["megabytes"] < MOST_MEGABYTES
    looked = row.get("looked", {"seconds": 0, "megabytes": 0, "shown": "done"})
    assert looked["seconds"] < preview.BATCH_LIMITS.wall_seconds + 2
    assert looked["megabytes"] < preview.BATCH_LIMITS.memory_bytes // 1_000_000
    assert "nursery_lost" not in looked
    assert looked["shown"] in {"done", "lost", *preview.PROBLEMS}
    match case.must:
        case hostile.ANY:
            assert row["word"] in {"good", *check.VERDICTS}
        case hostile.REFUSED:
            assert row["word"] != "good"
        case must:
            assert row["word"] == must
