"""Reads a drug text word by word into its parts: what stands outside of brackets, and within each pair of them."""

from pipeline.normalise.part import Part
from pipeline.normalise.strengths import Quantity
from pipeline.normalise.vocabulary import Entry, Vocabulary
from pipeline.normalise.words import Words, is_number

_JOINS = {"/", "+", ";"}
# The last word of a company's name: "(Chiesi Ltd)".
_COMPANY = {"ltd", "limited", "plc", "inc", "llc", "gmbh"}
# A word that is a name and a form: "INH 300 mg" is a medicine, "… 2 puffs INH" is how it is given.
_FORMS = {"form", "device", "package", "route"}
_OPEN, _CLOSE = "([{", ")]}"


def read_parts(text: Words, vocabulary: Vocabulary) -> list[Part]:
    """Reads a text from left to right. The first part is what stands outside of brackets."""
    outside = Part()
    parts, open_parts = [outside], [outside]
    at = 0
    while at < len(text):
        if text.raw[at] not in ("", " "):
            at = _brackets(text, at, parts, open_parts)
            if at == len(text):
                break
        part = open_parts[-1]
        at += _read_word(text, at, part, vocabulary)
        if part.refused:
            return parts
    for part in parts:
        if part.join and part.mode == "":
            part.refuse("ends where a further ingredient should follow")
    return parts


def _brackets(text: Words, at: int, parts: list[Part], open_parts: list[Part]) -> int:
    """Opens and closes the brackets before a word; returns the word to go on with, after a bracket that is a maker."""
    for sign in text.raw[at]:
        if sign in _OPEN:
            after_directions = any(part.mode for part in open_parts)
            parts.append(Part(True, len(parts[0].names), after_directions=after_directions))
            open_parts.append(parts[-1])
            end = next((i for i in range(at + 1, len(text)) if ")" in text.raw[i]), len(text))
            if sign == "(" and text.words[end - 1] in _COMPANY:
                return end if end == len(text) else _brackets(text, end, parts, open_parts)
        elif sign in _CLOSE and len(open_parts) > 1:
            open_parts.pop()
            open_parts[-1].last = "name" if open_parts[-1].last == "name" else "other"
    return at


def _read_word(text: Words, at: int, part: Part, vocabulary: Vocabulary) -> int:
    """Reads the phrase that begins at a word into the part; returns how many words it has."""
    word, raw = text.words[at], text.raw[at]
    if any(sign in raw for sign in _JOINS) or (raw == "-" and part.last != "start"):
        part.join = part.join or "join"
        part.incomplete = part.incomplete or (raw != "-" and part.last in {"name", "salt"})
    elif raw not in ("", " ") and part.last in {"name", "salt"} and "," in raw:
        part.last = "name"
    found = _phrase(text, at, vocabulary)
    number = is_number(word)
    if found is None or (number and not (found[1].name or found[1].non_drug or found[1].form)):
        if number:
            after, run = vocabulary.strengths.run(text, at, part.semisolid)
            counted = _counted(text, after, run, part, vocabulary)
            if counted:
                return after - at + counted
            # "50 mg tablet, give 1.5 tablets (total dose 75 mg)": within directions a number is no strength
            if not part.after_directions and not (part.mode and part.strengths):
                part.strengths.append((len(part.names), run))
            part.last, part.join = "other", "" if part.join == "join" else part.join
            _plus_needs_a_name(part)
            return after - at
        return _unknown(text, at, part, vocabulary)
    count, entry = found
    following = at + count
    if entry.contradictory:
        part.refuse(f'the reference gives "{entry.text}" two meanings')
        return count
    if entry.form == "element" and part.is_bracket and part.strengths:
        _content(part)
        return count
    beside = part.last in {"name", "salt"} and not part.join
    if entry.salt and beside and not (part.last_is_cation and part.last == "name"):
        part.last, part.salted = "salt", True
    elif entry.name and not (entry.form in _FORMS and part.names and not part.join):
        _name(text, at, following, part, entry, vocabulary)
    elif entry.salt and (part.last_is_cation or entry.form in {"", "element"}):
        return _salt_elsewhere(text, at, count, part)
    elif entry.form:
        _form(text, following, part, entry, vocabulary)
    else:
        _non_drug(part, entry)
    return count


def _counted(text: Words, after: int, run: tuple[Quantity, ...], part: Part, vocabulary: Vocabulary) -> int:
    """How many words say what is counted, if directions begin with it: "10 mg tab 1/2 tab (5 mg)"."""
    begins = part.names and part.strengths and not part.mode and not any(amount.unit for amount in run)
    found = vocabulary.phrases.longest(text, after) if begins and run and after < len(text) else None
    unit = vocabulary.strengths.units.exact(found[1].text) if found else None
    if not found or not unit or unit.kind != "count" or text.gaps[after] or found[1].form not in _FORMS:
        return 0
    _form_effect(part, found[1], vocabulary)
    part.mode, part.join, part.last = "direction", "", "other"
    return found[0]


def _phrase(text: Words, at: int, vocabulary: Vocabulary) -> tuple[int, Entry] | None:
    """The longest phrase at a word. "Vitamin D 3 mcg" is not "vitamin D3": a number before a unit is a strength."""
    for count, entry in vocabulary.phrases.at(text, at):
        end = at + count
        if count > 1 and end < len(text) and entry.name and is_number(text.words[end - 1]) and not text.gaps[end]:
            unit = vocabulary.strengths.units.longest(text, end)
            if text.words[end] == "%" or (unit and unit[1].kind in {"mass", "amount"} and text.raw[end - 1]):
                continue
        return count, entry
    return None


def _name(text: Words, at: int, following: int, part: Part, entry: Entry, vocabulary: Vocabulary) -> None:
    name = entry.name
    assert name is not None
    known = set(name.ingredients) <= set(part.ingredients())
    if part.skip_next_name:
        part.skip_next_name, part.last, part.join = False, "other", ""
        return
    if part.mode and not known:
        # "hold if on warfarin" names no order; "daily and warfarin 5 mg daily" does.
        listed = any(sign in text.raw[at] for sign in ",;/+\n") or text.words[at - 1] == "and"
        measured = following < len(text) and is_number(text.words[following])
        if (
            listed
            or measured
            or not (part.names or part.names_before)
            or (part.mode == "direction" and part.note_end != at)
        ):
            part.refuse(f'a further medicine, "{entry.text}", stands within the directions')
        return
    if part.last in {"name", "salt"} and not part.join and not known:
        before = part.names[-1]
        if part.last_is_cation and not entry.salt:
            part.refuse(f'"{entry.text}" after the name of a cation may be a compound of both')
            return
        if "brand" in (before.kind, name.kind) and not set(before.ingredients) <= set(name.ingredients):
            part.refuse(f'contradiction: {", ".join(before.ingredients)} and beside it "{entry.text}"')
            return
    part.names.append(name)
    last = vocabulary.phrases.exact(entry.text.split()[-1])
    if last and last is not entry and last.form in {"form", "semisolid"}:
        _form_effect(part, last, vocabulary)  # "Voltaren Gel", "nitroglycerin ointment"
    part.last, part.join, part.last_is_cation, part.incomplete = "name", "", entry.salt, False


def _content(part: Part) -> None:
    """What "(65 mg iron)" and "(2.5 mg base)" say is neither an ingredient nor its strength."""
    part.strengths = []
    part.last, part.join, part.mode = "other", "", "note"


def _salt_elsewhere(text: Words, at: int, count: int, part: Part) -> int:
    """A salt's word not after a name: harmless after a form or alone in brackets, otherwise a name we lack."""
    phrase = " ".join(text.words[at : at + count])
    hyphened = text.raw[at] == "-" and part.last in {"name", "salt"} and not part.last_is_cation
    after_form = bool(part.names) and part.last == "other" and not part.join
    in_brackets = not part.names and part.last == "start" and part.names_before > 0
    if part.mode or hyphened or after_form or in_brackets:
        part.last, part.join, part.salted = "other", "", True
    else:
        part.refuse(f'"{phrase}" stands where an ingredient should stand')
    return count


def _form(text: Words, following: int, part: Part, entry: Entry, vocabulary: Vocabulary) -> None:
    kind = entry.form
    if kind == "note":
        part.note_end = following
    if kind == "joint":
        part.join = "" if part.mode else part.join or "join"
        return
    if kind == "plus":
        part.join = "" if part.mode else "plus"
        return
    if part.mode:
        if kind in {"form", "semisolid"} and not part.form_routes and entry.route:
            part.form_routes.append(entry.route)
        elif kind == "route" and part.mode == "direction":
            part.directed_routes.append(entry.route)
        return
    _plus_needs_a_name(part)
    if kind == "product":
        part.refuse(f'"{entry.text}" may make it another product')
    elif kind == "choice" and (part.names or part.names_before):
        part.refuse(f'says "{entry.text}": which one is meant is not known')
    elif kind == "without":
        part.skip_next_name = True
    elif kind in {"note", "direction"}:
        part.mode = kind if part.names or part.names_before or part.non_drugs else ""
    elif kind == "route":
        part.routes.append(entry.route)
    elif part.last != "start" or following == len(text) or text.raw[following] != "-":
        _form_effect(part, entry, vocabulary)  # the maker ACT of "ACT-Clonidine" is no actuation
    if entry.non_drug:
        part.container = part.container or entry.non_drug
    part.last = "other"
    if kind != "vehicle":
        part.join = ""


def _form_effect(part: Part, entry: Entry, vocabulary: Vocabulary) -> None:
    """What a form tells: the route, what the strength is per, and that a percentage is by weight."""
    if entry.route:
        part.form_routes.append(entry.route)
    if entry.form == "semisolid":
        part.semisolid = True
        part.strengths = [(before, tuple(_per_gram(amount) for amount in run)) for before, run in part.strengths]
    if not part.counted and entry.form in {"form", "device", "package"}:
        unit = vocabulary.strengths.units.exact(entry.text) or vocabulary.strengths.units.exact(entry.text.split()[-1])
        part.counted = unit.name if unit and unit.kind == "count" else ""


def _per_gram(amount: Quantity) -> Quantity:
    return Quantity(amount.value, amount.unit, "g") if amount.per == "mL" else amount


def _non_drug(part: Part, entry: Entry) -> None:
    if part.mode:
        return
    if part.last in {"name", "salt"} and not part.join:
        part.named_after_drug = entry.non_drug
    part.non_drugs.append(entry.non_drug)
    part.last, part.join, part.skip_next_name = "other", "", False


def _plus_needs_a_name(part: Part) -> None:
    if part.join == "plus":
        part.refuse("ends where a further ingredient should follow")


def _unknown(text: Words, at: int, part: Part, vocabulary: Vocabulary) -> int:
    """An unknown word: refused where an ingredient stands or a name goes on, remembered anywhere else."""
    word = text.words[at]
    following = at + 1
    measured = following < len(text) and is_number(text.words[following]) and text.raw[following] in ("", " ")
    joined_after = following < len(text) and any(sign in text.raw[following] for sign in _JOINS)
    if part.mode or part.after_directions:
        strength = vocabulary.strengths.run(text, following)[1] if measured else ()
        if part.mode == "direction" and any(amount.unit for amount in strength):
            part.refuse(f'"{word}" stands where an ingredient should stand')
        return 1
    if text.raw[at] == "-" and part.last == "name" and vocabulary.is_suffix(word, part.names[-1]):
        part.join = ""
        return 1
    if word == "u" and following < len(text) and is_number(text.words[following]):
        # "U-100": a hundred units a mL
        part.strengths.append((len(part.names), (Quantity(float(text.words[following]), "unit", "mL"),)))
        part.last = "other"
        return 2
    unit = vocabulary.strengths.units.longest(text, at)
    if unit and unit[1].kind != "count" and part.last == "other" and not part.join:
        return unit[0]
    if unit and unit[1].kind in {"volume", "time"} and text.raw[at].strip() == "/" and part.strengths:
        part.strengths, part.join = [], ""  # "20 mEq KCl/L": the strength is per that
        return unit[0]
    one_product = part.names and text.raw[at].strip() in {"/", "-"}
    cut_short = vocabulary.completed(word, part.ingredients()) if one_product else None
    if cut_short:
        part.names.append(cut_short)
        part.last, part.join, part.last_is_cation, part.incomplete = "name", "", False, False
        return 1
    joined = part.join or part.incomplete or joined_after
    if not part.names or joined or part.last in {"name", "salt"} or measured:
        part.refuse(f'"{word}" is not known and stands where an ingredient could stand')
    part.unexplained.append(word)
    part.last = "other"
    return 1
