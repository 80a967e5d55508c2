"""What sources write into columns of few values: each word, lower case, and the value it stands for."""

YES_NO = {
    "yes": True, "y": True, "true": True, "t": True, "1": True, "x": True,
    "no": False, "n": False, "false": False, "f": False, "0": False,
}  # fmt: skip
SEX = {"f": "F", "female": "F", "woman": "F", "m": "M", "male": "M", "man": "M"}
ACTIVE, HELD, STOPPED, PLANNED, IN_ERROR = "active", "on hold", "stopped", "planned", "entered in error"
STATUS = {
    **dict.fromkeys(
        (
            "active", "a", "act", "current", "ongoing", "continue", "continued", "continuing", "in progress", "open",
            "new", "ordered", "signed", "verified", "unverified", "confirmed", "unconfirmed", "pending",
            "pending confirmation", "pending signature", "pending verification", "pending review", "queued", "sent",
            "dispensed", "filled", "refilled", "reordered", "renewed", "resumed", "approved", "processed", "scheduled",
            "taking", "yes", "y", "true", "t", "1",
        ),
        ACTIVE,
    ),
    **dict.fromkeys(
        ("on hold", "on-hold", "onhold", "hold", "held", "suspended", "suspend", "paused", "h"), HELD
    ),
    **dict.fromkeys(
        (
            "stopped", "stop", "discontinued", "discontinue", "disc", "d/c", "dc", "d/c'd", "dc'd", "d/ced", "dced",
            "d", "completed", "complete", "finished", "ended", "expired", "inactive", "closed", "cancelled", "canceled",
            "cancel", "revoked", "past", "historical", "not taking", "no", "n", "false", "f", "0",
        ),
        STOPPED,
    ),
    **dict.fromkeys(("planned", "draft", "future", "proposed", "proposal", "not started"), PLANNED),
    **dict.fromkeys(
        ("entered in error", "entered-in-error", "error", "in error", "void", "voided", "struck out", "strikeout",
         "deleted", "invalid", "rejected", "declined", "denied", "never taken"),
        IN_ERROR,
    ),
}  # fmt: skip
HEPATIC = {
    "none": "none", "no": "none", "normal": "none",
    "mild": "mild", "moderate": "moderate", "severe": "severe",
    "child-pugh a": "mild", "child-pugh b": "moderate", "child-pugh c": "severe",
    "a": "mild", "b": "moderate", "c": "severe",
    "class a": "mild", "class b": "moderate", "class c": "severe",
}  # fmt: skip
ALCOHOL = {
    "none": "none", "no": "none", "never": "none", "abstinent": "none", "n": "none",
    "occasional": "occasional", "social": "occasional", "rare": "occasional", "light": "occasional",
    "yes": "occasional", "y": "occasional",
    "moderate": "moderate", "daily": "moderate",
    "heavy": "heavy", "severe": "heavy",
}  # fmt: skip
