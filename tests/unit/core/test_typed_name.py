"""A typed name has to be the signer's own, and nobody is turned away for an accent."""

from __future__ import annotations

import pytest

from vetting.workflows.typed_name import names_agree, resembles


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Kofi Asante", "Kofi Asante"),
        ("  kofi   ASANTE ", "Kofi Asante"),
        ("Jose Garcia", "José García"),
        ("José García", "Jose Garcia"),
        ("Chen Wei", "Wei Chen"),
        ("Kofi A. Asante", "Kofi Asante"),
        ("Maria Lopez", "Maria Luisa Lopez"),
        ("Maria L. Lopez", "Maria Luisa Lopez"),
        ("Sean OBrien", "Seán O’Brien"),
        ("Anne Marie Smith-Jones", "Anne-Marie Smith Jones"),
        ("Nguyễn Văn An", "Nguyen Van An"),
        ("Madonna", "madonna"),
        ("王 伟", "王伟"),
        ("Ирина Петрова", "ирина петрова"),
    ],
)
def test_the_same_person_is_known(typed: str, name: str) -> None:
    assert resembles(typed, name)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("", "Kofi Asante"),
        ("...", "Kofi Asante"),
        ("Kofi", "Kofi Asante"),
        ("Asante", "Kofi Asante"),
        ("K. Asante", "Kofi Asante"),
        ("Kofi Asanti", "Kofi Asante"),
        ("Wei Chen", "Kofi Asante"),
        ("Kofi and Ama Asante Mensah", "Kofi Asante"),
        ("Maria Carla Lopez", "Maria Luisa Lopez"),
        ("Madonna Smith", "Madonna"),
        ("Kofi Asante", ""),
    ],
)
def test_another_name_is_not(typed: str, name: str) -> None:
    assert not resembles(typed, name)


@pytest.mark.parametrize(
    ("paper", "text"),
    [
        ("Kofi Asante", "Kofi Asante"),
        ("K. Asante", "Kofi Asante"),
        ("Asante, Kofi", "Kofi Asante"),
        ("ASANTE, K. A.", "Kofi A. Asante"),
        ("Dr. Kofi Asante", "Kofi Asante"),
        ("Kofi A. Asante", "Kofi Asante"),
        ("Maria Lopez", "María Luisa López"),
        ("M. L. Lopez", "María Luisa López"),
        ("Jürgen Müller", "Juergen Mueller"),
        ("Soren Lodz", "Søren Łódź"),
        ("Nguyễn Văn An", "An Van Nguyen"),
        ("王 伟", "王伟"),
        ("Madonna", "madonna"),
        ("Dr", "Dr"),
    ],
)
def test_a_name_on_paper_agrees_with_the_text(paper: str, text: str) -> None:
    assert names_agree(paper, text)
    assert names_agree(text, paper)


@pytest.mark.parametrize(
    ("paper", "text"),
    [
        ("Ama Asante", "Kofi Asante"),
        ("A. Asante", "Kofi Asante"),
        ("Kofi A.", "Kofi Asante"),
        ("K. A.", "Kofi Asante"),
        ("Kofi", "Kofi Asante"),
        ("Kofi Mensah", "Kofi Asante"),
        ("Kofi Asante-Mensah", "Kofi Asante"),
        ("Maria Carla Lopez", "Maria Luisa Lopez"),
        ("Maria C. Lopez", "Maria Luisa Lopez"),
        ("...", "Kofi Asante"),
        ("", ""),
    ],
)
def test_a_name_on_paper_differs_from_the_text(paper: str, text: str) -> None:
    assert not names_agree(paper, text)
    assert not names_agree(text, paper)
