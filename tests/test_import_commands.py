"""`medreview reference import` of RxNorm files, ATC tables and lists without grades, on invented files.

They are read against the program's own reference, and what comes out is used in a review right after.
"""

import csv
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.command import medreview

pytestmark = pytest.mark.usefixtures("loaded_once")

# RxCUI, source, term type, text, whether it is suppressed.
NAMES = [
    ("1", "RXNORM", "IN", "baclofen", "N"),
    ("1", "RXNORM", "SY", "Zorbofenum", "N"),
    ("2", "RXNORM", "BN", "Zorbaflex", "N"),
    ("3", "RXNORM", "SBD", "baclofen 10 MG Oral Tablet [Zorbaflex]", "N"),
    ("4", "RXNORM", "SCD", "baclofen 10 MG Oral Tablet", "N"),
    ("4", "MTHSPL", "DP", "Spasm-Away 10 MG", "N"),
    ("5", "RXNORM", "BN", "Oldflex", "N"),  # no product any more: only the ties tell
    ("6", "RXNORM", "BN", "Twoflex", "N"),
    ("7", "RXNORM", "SBD", "baclofen 10 MG Oral Tablet [Twoflex]", "N"),
    ("8", "RXNORM", "SBD", "aspirin 81 MG Oral Tablet [Twoflex]", "N"),
    ("9", "RXNORM", "BN", "Painduo", "N"),
    ("10", "RXNORM", "SBD", "acetaminophen 325 MG / oxycodone hydrochloride 5 MG Oral Tablet [Painduo]", "N"),
    ("11", "RXNORM", "IN", "blorbazine", "N"),
    ("12", "RXNORM", "SCD", "blorbazine 5 MG Oral Tablet", "N"),
    ("13", "RXNORM", "BN", "Ear Drops", "N"),
    ("14", "RXNORM", "SBD", "baclofen 5 MG Oral Tablet [Ear Drops]", "N"),
    ("15", "RXNORM", "BN", "Gonaflex", "O"),
    ("16", "RXNORM", "PIN", "baclofenum zorbicum", "N"),
    ("17", "RXNORM", "DF", "Oral Tablet", "N"),
    ("18", "RXNORM", "BN", "Tylenol", "N"),
    ("19", "RXNORM", "SBD", "baclofen 10 MG Oral Tablet [Tylenol]", "N"),
]
TIES = [("1", "5", "tradename_of"), ("16", "1", "form_of"), ("1", "6", "tradename_of"), ("4", "17", "dose_form_of")]
# RxCUI, attribute, source, value.
ATTRIBUTES = [
    ("4", "NDC", "RXNORM", "99999000101"),
    ("4", "NDC", "MTHSPL", "99999-0002-01"),
    ("4", "RXN_STRENGTH", "RXNORM", "10 MG"),
    ("12", "NDC", "RXNORM", "99999000301"),
]


def lines(rows: Iterable[dict[int, str]], columns: int) -> str:
    return "".join("|".join(row.get(at, "") for at in range(columns)) + "|\n" for row in rows)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("rrf")
    files = {
        "RXNCONSO.RRF": lines(
            ({0: a, 1: "ENG", 11: source, 12: kind, 14: text, 16: off} for a, source, kind, text, off in NAMES), 18
        ),
        "RXNREL.RRF": lines(({0: a, 4: b, 7: tie, 10: "RXNORM"} for a, b, tie in TIES), 16),
        "RXNSAT.RRF": lines(
            ({0: a, 8: name, 9: source, 10: value, 11: "N"} for a, name, source, value in ATTRIBUTES), 13
        ),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in files]


@pytest.fixture(scope="module")
def imported(release: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("made") / "rx"
    result = medreview("reference", "import", "rxnorm", *release, "--into", into)
    assert result.status == 0, result.err
    assert "Names: 5 new. Codes: 12 RxCUI, 1 NDC" in result.out
    return into


def cells(path: Path, delimiter: str = ",") -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))[1:]


class TestRxNorm:
    def test_names_that_we_lack_of_ingredients_that_we_have(self, imported: Path) -> None:
        assert [row[:3] for row in cells(imported / "names.csv")] == [
            ["baclofenum zorbicum", "baclofen", "salt"],
            ["oldflex", "baclofen", "brand"],
            ["painduo", "acetaminophen;oxycodone", "brand"],
            ["zorbaflex", "baclofen", "brand"],
            ["zorbofenum", "baclofen", "generic"],
        ]

    def test_codes_of_names_that_are_understood(self, imported: Path) -> None:
        codes = {(system, code): name for system, code, name in cells(imported / "codes.csv")}
        assert codes["rxcui", "3"] == "baclofen 10 MG Oral Tablet [Zorbaflex]"
        # Of a brand that means several things the product still tells what it holds.
        assert codes["rxcui", "8"] == "aspirin 81 MG Oral Tablet"
        assert codes["ndc", "99999000101"] == "baclofen 10 MG Oral Tablet"
        assert not {("rxcui", "11"), ("rxcui", "12"), ("rxcui", "13"), ("rxcui", "15"), ("rxcui", "18")} & set(codes)

    def test_what_was_not_matched(self, imported: Path) -> None:
        rows = {row[0]: row[1:] for row in cells(imported / "unmatched.txt", "\t")}
        assert rows["blorbazine 5 MG Oral Tablet"][:2] == ["2", "SCD"]
        assert rows["Twoflex"] == ["1", "BN", "its products are different medicines"]
        assert rows["Tylenol"] == ["1", "BN", "known here as acetaminophen"]
        assert "Ear Drops" in rows

    def test_a_review_uses_names_and_codes(self, imported: Path, tmp_path: Path) -> None:
        assert medreview("reference", "lint", "--reference", imported).out == "The reference is in order.\n"
        home, own = tmp_path / "home.csv", tmp_path / "own.csv"
        home.write_text(
            "patient_id,drug,rxcui,ndc\n1,zorbaflex 10 mg,,\n1,Blue tablet,4,\n1,Pink,,99999-0001-01\n", "utf-8"
        )
        own.write_text("system,code,name\nrxcui,4,aspirin 81 mg tablet\n", "utf-8")
        words = ("review", home, "--as-of", "2026-11-01", "--only", "findings", "--quiet", "--reference", imported)
        for more, expected in (
            ((), ["baclofen", "baclofen", "baclofen"]),
            (("--codes", own), ["baclofen", "aspirin", "baclofen"]),  # one's own table goes before
        ):
            done = medreview(*words, "--out", tmp_path / "out", *more)
            assert done.status == 0, done.err
            with (tmp_path / "out" / "medications.csv").open(encoding="utf-8", newline="") as file:
                assert [row["ingredients"] for row in csv.DictReader(file)] == expected
        assert "not recognised" not in medreview("validate", home, "--reference", imported).out

    @pytest.mark.parametrize(
        ("name", "content", "message"),
        [
            ("names.rrf", "", "names.rrf is none of them"),
            ("RXNREL.RRF", "", "RXNCONSO.RRF is missing"),
            ("RXNCONSO.RRF", "1|ENG|RXNORM|IN|baclofen|N|\n", "RXNCONSO.RRF, line 1: only 7 columns"),
            ("RXNCONSO.RRF", "", "holds no name of RxNorm's own"),
            ("RXNCONSO.RRF", None, "RXNCONSO.RRF cannot be read"),
            ("RXNCONSO.RRF", b"1|\xff|RXNORM|", "is no text in UTF-8"),
        ],
    )
    def test_what_cannot_be_used(self, name: str, content: str | bytes | None, message: str, tmp_path: Path) -> None:
        if content is not None:
            (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        result = medreview("reference", "import", "rxnorm", tmp_path / name, "--into", tmp_path / "rx")
        assert result.status == 4
        assert message in result.err
        assert not (tmp_path / "rx").exists()


class TestAtc:
    HEADER = "atc_code,atc_name,ddd,uom,adm_r,note\n"

    def test_codes_and_differences(self, tmp_path: Path) -> None:
        table, into = tmp_path / "atc.csv", tmp_path / "atc"
        table.write_text(
            self.HEADER + "M03BX,Other centrally acting agents,NA,NA,NA,NA\nM03BX01,baclofen,50,mg,O,NA\n"
            "M03BX01,baclofen,0.55,mg,P,NA\nM03BX99,baclofen,NA,NA,NA,NA\nN02AJ99,codeine and paracetamol,NA,NA,NA,NA\n"
            "N02BA01,warfarin,NA,NA,NA,NA\nX01XX01,blorbazine,NA,NA,NA,NA\nX01XX02,NA,NA,NA,NA,NA\n"
            'X01XX03,"baclofen, combinations",NA,NA,NA,NA\n',
            encoding="utf-8",
        )
        result = medreview("reference", "import", "atc", table, "--into", into)
        assert result.status == 0, result.err
        assert "Codes: 3; 2 names not matched" in result.out
        assert "M03BX99 baclofen, baclofen" in result.out
        assert cells(into / "codes.csv") == [
            ["atc", "M03BX01", "baclofen"],
            ["atc", "M03BX99", "baclofen"],
            ["atc", "N02AJ99", "codeine and paracetamol"],
        ]
        assert [row[0] for row in cells(into / "unmatched.txt", "\t")] == ["X01XX01", "X01XX03"]
        differences = {tuple(row[1:]) for row in cells(into / "differences.txt", "\t")}
        assert {("M03BX99", "baclofen", "baclofen"), ("N02BA01", "aspirin", "warfarin")} <= differences
        assert ("B01AA03", "warfarin", "") in differences  # the table does not have it
        home = tmp_path / "home.csv"
        home.write_text("patient_id,drug,atc\n1,House tablet,N02AJ99\n", encoding="utf-8")
        assert "House tablet" in medreview("validate", home).out
        assert "House tablet" not in medreview("validate", home, "--reference", into).out

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (None, "cannot be read"),
            ("code,name\nM03BX01,baclofen\n", "no column atc_code"),
            (HEADER + "M03BX,agents,NA,NA,NA,NA\n", "holds no ATC code of seven characters"),
        ],
    )
    def test_what_cannot_be_used(self, content: str | None, message: str, tmp_path: Path) -> None:
        if content is not None:
            (tmp_path / "atc.csv").write_text(content, encoding="utf-8")
        result = medreview("reference", "import", "atc", tmp_path / "atc.csv", "--into", tmp_path / "atc")
        assert (result.status, message in result.err) == (4, True)


class TestListsWithoutGrades:
    @pytest.mark.parametrize(
        ("content", "more"),
        [
            ("Drug_1,Drug_2\nBaclofen,Vitamin C\nBaclofen,Nosuch\n", ()),
            ("Baclofen$DB00001$Vitamin C$DB00002$\nBaclofen$DB00001$Nosuch$DB00003$\n", ()),
            ("first;second\nBaclofen;Vitamin C\nBaclofen;Nosuch\n", ("--columns", "first,second")),
        ],
    )
    def test_every_pair_is_major(self, content: str, more: tuple[str, ...], tmp_path: Path) -> None:
        (tmp_path / "onc.csv").write_text(content, encoding="utf-8")
        into = tmp_path / "onc"
        result = medreview("reference", "import", "onc", tmp_path / "onc.csv", "--into", into, *more)
        assert result.status == 0, result.err
        assert "Pairs: 1 major" in result.out
        assert cells(into / "pair_lists.csv") == [["onc-major", "ascorbic acid", "baclofen"]]
        assert cells(into / "unmatched.txt", "\t") == [["Nosuch", "1"]]

    def test_a_table_of_another_grade(self, tmp_path: Path) -> None:
        (tmp_path / "ours.csv").write_text("one,two\nBaclofen,Vitamin C\n", encoding="utf-8")
        words = ("reference", "import", "table", tmp_path / "ours.csv", "--name", "ours", "--into", tmp_path / "ours")
        result = medreview(*words, "--columns", "one,two", "--grade", "minor")
        assert "Pairs: 1 minor" in result.out

    @pytest.mark.parametrize(
        ("more", "message"),
        [
            (("--grade", "minor"), "headings of two drugs were not found among one, two"),
            (("--grade", "minor", "--columns", "one,two,three"), "name two headings"),
            (("--columns", "one,two"), "name three headings"),
        ],
    )
    def test_headings_that_do_not_fit(self, more: tuple[str, ...], message: str, tmp_path: Path) -> None:
        (tmp_path / "ours.csv").write_text("one,two\nBaclofen,Vitamin C\n", encoding="utf-8")
        words = ("reference", "import", "table", tmp_path / "ours.csv", "--name", "ours", "--into", tmp_path / "ours")
        result = medreview(*words, *more)
        assert (result.status, message in result.err) == (4, True)
