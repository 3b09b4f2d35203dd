"""Two texts word by word: nothing is lost, and only what differs is marked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vetting.comparing import GONE, LONGEST, NEW, SAME, Piece, word_by_word

TEXT = st.lists(st.sampled_from(["thirty", "days", "sixty", " ", "  ", "\n", "notice.", "é"]), max_size=30).map("".join)


@given(TEXT, TEXT)
def test_both_texts_can_be_read_back_from_the_pieces(old: str, new: str) -> None:
    pieces = word_by_word(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != NEW) == old
    assert "".join(piece.text for piece in pieces if piece.kind != GONE) == new
    assert all(piece.text for piece in pieces)


def test_only_the_word_that_differs_is_marked() -> None:
    assert word_by_word("with thirty days' notice", "with sixty days' notice") == [
        Piece(SAME, "with "),
        Piece(GONE, "thirty"),
        Piece(NEW, "sixty"),
        Piece(SAME, " days' notice"),
    ]
    assert word_by_word("same", "same") == [Piece(SAME, "same")]
    assert word_by_word("", "") == []


def test_very_long_texts_are_shown_whole() -> None:
    old, new = "a " * LONGEST, "b " * LONGEST
    assert word_by_word(old, new) == [Piece(GONE, old), Piece(NEW, new)]
