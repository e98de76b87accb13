"""The cutting of text into BERT's pieces."""

from pipelines.sentence import WordPiece

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "wood", "##en", "table", ",", "cafe", "木", "a"]


def pieces_of(text: str, *, most: int = 64) -> list[str]:
    return [PIECES[number] for number in WordPiece(PIECES).ids(text, most=most)]


def test_the_longest_known_piece_is_taken_at_each_place() -> None:
    assert pieces_of("wooden table") == ["[CLS]", "wood", "##en", "table", "[SEP]"]


def test_case_accents_and_signs_make_no_new_words() -> None:
    assert pieces_of("WOOD,Café") == ["[CLS]", "wood", ",", "cafe", "[SEP]"]


def test_chinese_characters_stand_alone() -> None:
    assert pieces_of("木table") == ["[CLS]", "木", "table", "[SEP]"]


def test_what_is_unknown_is_one_piece() -> None:
    assert pieces_of("woodxyz table") == ["[CLS]", "[UNK]", "table", "[SEP]"]
    assert pieces_of("a" * 200) == ["[CLS]", "[UNK]", "[SEP]"]


def test_a_long_text_keeps_its_end_mark() -> None:
    assert pieces_of("table " * 50, most=5) == ["[CLS]", "table", "table", "table", "[SEP]"]


def test_an_empty_text_has_its_marks() -> None:
    assert pieces_of(" \n\x00") == ["[CLS]", "[SEP]"]
