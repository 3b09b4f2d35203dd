"""Words, categories, settings, the agreement template and the condition language."""

import copy
from typing import Any

import pytest

from vetting.data.agreement_template import agreement_template_from, load_agreement_template
from vetting.data.conditions import read_condition
from vetting.data.process_settings import (
    PortfolioBeforeFunding,
    RatingDepth,
    load_process_settings,
    process_settings_from,
)
from vetting.data.reading import DataError, Node, Provenance, content_of
from vetting.data.vocabulary import category_of, load_categories, load_vocabulary, word_lists


def holds(condition: dict[str, Any], answers: dict[str, Any]) -> bool:
    return read_condition(Node(condition, "test")).holds(answers)


def test_partner_types_have_the_districts_exact_names() -> None:
    words = load_vocabulary()
    assert [item.name for item in words["partner_types"].items] == [
        "Potential School-Community Partner",
        "School-Community Partner",
        "Opportunity Portfolio Partner",
        "Funded Partner",
    ]
    assert words["partner_types"].provenance is Provenance.DISTRICT
    assert [item.key for item in words["languages"].items] == [
        "en",
        "ar",
        "kea",
        "zh",
        "fr",
        "ht",
        "pt",
        "so",
        "es",
        "vi",
    ]
    assert words["target_groups"].provenance is Provenance.EXAMPLE


def test_a_service_belongs_to_one_category() -> None:
    categories = load_categories()
    services = categories.as_words()
    assert services.name("stem.science") == "Science"
    assert services.name("summer_learning") == "Summer learning"
    assert len({item.key for item in services.items}) == len(services.items)
    keys = {category.key for category in categories.categories}
    assert {category_of(item.key) for item in services.items} == keys
    assert word_lists()["service_categories"] == services


def test_settings_carry_the_defaults_of_the_partner_path() -> None:
    settings = load_process_settings()
    assert (settings.registration.reviewers, settings.registration.rating) == (1, RatingDepth.MUST_HAVES)
    assert (settings.portfolio.reviewers, settings.portfolio.rating) == (2, RatingDepth.EVERY_INDICATOR)
    assert settings.portfolio.separate_releaser
    assert settings.portfolio_before_funding is PortfolioBeforeFunding.WARN
    assert settings.reminders.expiry_days == (60, 30, 7)
    assert settings.emergency_review_business_days == 2
    assert settings.fund.threshold_hundredths == 56
    assert settings.retention["procurement_contract_file"].verified


@pytest.mark.parametrize(
    ("group", "key", "value", "words"),
    [
        ("registration", "reviewers", 0, "must be 1 or more"),
        ("registration", "reviewer", 1, "check its spelling"),
        ("partner_path", "portfolio_before_funding", False, "expected one of off, warn, require"),
        ("reminders", "expiry_days", [7, 30], "the largest first"),
        ("fund", "threshold_hundredths", 100, "must be 99 or less"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(group: str, key: str, value: object, words: str) -> None:
    content: dict[str, Any] = copy.deepcopy(content_of("settings-1.yaml"))
    content[group][key] = value
    with pytest.raises(DataError) as refused:
        process_settings_from(content, "stored-4")
    assert refused.value.where == f"{group}.{key}"
    assert words in refused.value.problem


def test_the_agreement_says_that_it_is_an_example_and_when_services_may_start() -> None:
    template = load_agreement_template()
    assert template.header.provenance is Provenance.EXAMPLE
    assert "not the district's" in template.header.provenance_note
    assert template.signing_order == ("partner_signer", "school_leader", "district_signatory")
    assert template.clauses[0].text.startswith("Services may not start until this agreement is in force.")
    assert template.consent.version == "electronic-records-1"
    assert "paper" in template.consent.text
    role = template.role_name("partner_signer")
    assert role in template.intent.text % {"role": role, "organization": "Harbor Strings"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"signing_order": ["partner_signer"]}, "must name every role once"),
        ({"intent": {"version": "1", "text": "I sign for %(company)s."}}, "may only have the places"),
        ({"clauses": None}, "at least one entry"),
    ],
)
def test_a_template_that_cannot_be_signed_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        agreement_template_from(content_of("agreements/scope-of-service-1.yaml") | change, "stored")


@pytest.mark.parametrize(
    ("condition", "answers", "expected"),
    [
        ({"always": True}, {}, True),
        ({"question": "a", "is": "x"}, {"a": "x"}, True),
        ({"question": "a", "is": "x"}, {"a": ["w", "x"]}, True),
        ({"question": "a", "is": "x"}, {}, False),
        ({"question": "a", "is_not": "x"}, {"a": "y"}, True),
        ({"question": "a", "is_not": "x"}, {}, False),
        ({"question": "a", "is_any": ["x", "y"]}, {"a": "y"}, True),
        ({"question": "a", "at_least": 30}, {"a": 30}, True),
        ({"question": "a", "at_least": 30}, {"a": 29}, False),
        ({"question": "a", "at_least": 30}, {"a": "many"}, False),
        ({"not": {"question": "a", "is": "x"}}, {}, True),
        ({"all": [{"question": "a", "is": "x"}, {"question": "b", "is": "y"}]}, {"a": "x"}, False),
        ({"any": [{"question": "a", "is": "x"}, {"question": "b", "is": "y"}]}, {"a": "x"}, True),
    ],
)
def test_conditions_look_at_answers_and_never_at_silence(
    condition: dict[str, Any], answers: dict[str, Any], expected: bool
) -> None:
    assert holds(condition, answers) is expected
