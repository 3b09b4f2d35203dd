"""Frameworks: what ships, and what a faulty file is told."""

import copy
from typing import Any

import pytest

from vetting.data.evidence_types import load_evidence_types
from vetting.data.reading import DataError, Provenance, content_hash, content_of, parse_yaml
from vetting.standards.effectiveness import SourceMark, effectiveness_from, load_effectiveness
from vetting.standards.framework import Family
from vetting.standards.loading import QUALITY_STANDARDS, framework_from, load_framework


@pytest.fixture
def content() -> dict[str, Any]:
    return copy.deepcopy(content_of(QUALITY_STANDARDS))


def test_the_quality_standards_are_complete_and_say_that_they_are_an_example() -> None:
    framework = load_framework(known_evidence=load_evidence_types().keys)
    assert framework.header.name == "quality-standards-1"
    assert framework.header.provenance is Provenance.EXAMPLE
    assert "not the district's" in framework.header.provenance_note
    assert [standard.key for standard in framework.family(Family.PROGRAM)] == ["P1", "P2", "P3", "P4", "P5", "P6"]
    assert len(framework.family(Family.ORGANIZATIONAL)) == 7
    assert len(list(framework.indicators)) == 32
    assert framework.scale.benchmark == 3
    assert framework.scale.name(1) == "Not yet in place"


def test_every_level_of_every_indicator_has_its_own_words() -> None:
    texts = [text for indicator in load_framework().indicators for text in indicator.levels.values()]
    assert len(texts) == 32 * 4
    assert len(set(texts)) == len(texts)


def test_registration_checks_only_critical_standards() -> None:
    framework = load_framework()
    assert [indicator.key for indicator in framework.must_haves] == ["P2.1", "O1.1", "O3.1", "O4.1", "O7.1"]
    assert all(framework.standard(indicator.standard_key).critical for indicator in framework.must_haves)


def test_the_effectiveness_framework_has_seven_elements_and_twenty_three_indicators() -> None:
    framework = load_effectiveness()
    assert [len(element.indicators) for element in framework.elements] == [3, 3, 2, 3, 3, 4, 5]
    assert framework.elements[0].name == "Strategic Alignment"
    assert {indicator.source for indicator in framework.indicators} == {SourceMark.VERIFIED, SourceMark.INFERRED}
    assert framework.header.provenance is Provenance.DISTRICT


def test_a_stored_version_reads_back_to_the_same_framework(content: dict[str, Any]) -> None:
    assert framework_from(content, "stored") == load_framework()


def test_the_hash_follows_the_content_and_not_the_order_of_keys(content: dict[str, Any]) -> None:
    turned = dict(reversed(content.items()))
    assert content_hash(turned) == load_framework().content_hash
    turned["standards"][0]["indicators"][0]["levels"]["3"] += " More."
    assert framework_from(turned, "stored").content_hash != load_framework().content_hash


@pytest.mark.parametrize(
    ("path", "value", "where", "words"),
    [
        ("standards.0.family", "programme", "standards[0].family", "expected one of program, organizational"),
        ("standards.0.indicators.1.levels.3", None, "standards[0].indicators[1].levels.3", "expected a text"),
        ("standards.0.indicators.1.levels.5", "x", "standards[0].indicators[1].levels.5", "not known here"),
        ("standards.0.indicators.1.key", "P1.1", "standards", "'P1.1' is used twice"),
        ("standards.0.indicators.1.key", "P9.1", "standards[0].indicators[1].key", "must begin with P1."),
        (
            "standards.0.indicators.1.evidence",
            ["gossip"],
            "standards[0].indicators[1].evidence",
            "no evidence type 'gossip'",
        ),
        ("standards.0.indicators.1.evidence", [], "standards[0].indicators[1].evidence", "at least one kind"),
        ("standards.2.critcal", True, "standards[2].critcal", "check its spelling"),
        ("standards.1.key", "P1", "standards[1].indicators[0].key", "must begin with P1."),
        ("standards", [], "standards", "at least one entry"),
        ("rating_scale.1.value", 4, "rating_scale", "must rise by one"),
        ("rating_scale.0.benchmark", True, "rating_scale", "exactly one level"),
        ("selection_rule.program_min_mean", 3, "selection_rule.program_min_mean", "expected a text"),
        ("selection_rule.program_min_mean", "3", "selection_rule.program_min_mean", "two decimals"),
        ("selection_rule.program_min_mean", "4.50", "selection_rule.program_min_mean", "outside the rating scale"),
        ("selection_rule.no_critical_below", 9, "selection_rule.no_critical_below", "must be 4 or less"),
        ("provenance", "ours", "provenance", "expected one of district, example"),
        ("version", 0, "version", "must be 1 or more"),
        ("version", True, "version", "expected a whole number"),
    ],
)
def test_a_faulty_file_is_refused_with_its_name_and_the_key(
    content: dict[str, Any], path: str, value: object, where: str, words: str
) -> None:
    *parents, last = path.split(".")
    target: Any = content
    for step in parents:
        target = target[int(step)] if isinstance(target, list) else target[step]
    target[last] = value
    with pytest.raises(DataError) as refused:
        framework_from(content, "stored-7", known_evidence=load_evidence_types().keys)
    assert refused.value.file == "stored-7"
    assert refused.value.where == where
    assert words in refused.value.problem


def test_a_framework_without_must_haves_is_refused(content: dict[str, Any]) -> None:
    for standard in content["standards"]:
        for indicator in standard["indicators"]:
            indicator.pop("must_have", None)
    with pytest.raises(DataError, match="registration would check nothing"):
        framework_from(content, "stored")


def test_a_missing_family_is_refused(content: dict[str, Any]) -> None:
    content["standards"] = content["standards"][:6]
    with pytest.raises(DataError, match="no organizational standard"):
        framework_from(content, "stored")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("key: a\nkey: b\n", "file.yaml: line 2: the key 'key' is written twice"),
        ("key: [a\n", "file.yaml: line 2: "),
        ("- a\n", "expected a list of named values"),
        ("yes: 1\n", "the key 'yes' must be put in quotation marks"),
        ("key: !!python/object/apply:os.system [id]\n", "could not determine a constructor"),
        ("", "expected a list of named values"),
    ],
)
def test_text_that_is_no_data_file_is_refused_with_the_line(text: str, words: str) -> None:
    with pytest.raises(DataError) as refused:
        parse_yaml(text, "file.yaml")
    assert words in str(refused.value)


def test_a_file_that_does_not_exist_is_named() -> None:
    with pytest.raises(DataError, match=r"standards/none\.yaml: top of the file: there is no such data file"):
        load_framework("standards/none.yaml")
    with pytest.raises(DataError, match="elements: expected a list"):
        effectiveness_from({**content_of("frameworks/partnership-effectiveness-1.yaml"), "elements": None}, "stored")
