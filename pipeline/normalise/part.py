"""What one part of a drug text says: what stands outside of brackets, or within one pair of them."""

from dataclasses import dataclass, field

from pipeline.normalise.strengths import Quantity
from pipeline.normalise.vocabulary import Name


@dataclass
class Part:
    """What one part of a text says. `refused`: why the whole text cannot be trusted."""

    is_bracket: bool = False
    names_before: int = 0  # how many names stood outside when this bracket began
    names: list[Name] = field(default_factory=list)
    non_drugs: list[str] = field(default_factory=list)
    strengths: list[tuple[int, tuple[Quantity, ...]]] = field(default_factory=list)  # after how many names, which
    routes: list[str] = field(default_factory=list)
    form_routes: list[str] = field(default_factory=list)
    directed_routes: list[str] = field(default_factory=list)  # within directions
    counted: str = ""  # tablet, capsule …: what the strength is per when it does not say
    unexplained: list[str] = field(default_factory=list)
    named_after_drug: str = ""  # kind of a thing right after a drug's name: "insulin syringe"
    container: str = ""  # kind of a word that is a form beside a drug and a supply by itself: "vial"
    salted: bool = False
    semisolid: bool = False
    refused: str = ""
    last: str = "start"  # start, name, salt, other
    last_is_cation: bool = False
    join: str = ""  # what joins the next word to the last: '', 'join', 'plus'
    incomplete: bool = False  # "ipratropium / solution": what is joined to the name is still to come
    mode: str = ""  # after the drug: '', 'direction', 'note'
    after_directions: bool = False  # of a bracket: it begins within the directions
    note_end: int = 0  # the word after "if", "before" and the like
    skip_next_name: bool = False

    def ingredients(self, names: int | None = None) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one for name in self.names[:names] for one in name.ingredients))

    def refuse(self, reason: str) -> None:
        self.refused = self.refused or reason
