"""The tables of the history file, version by version. A version that was released is never edited: add one.

What a resident had and what was found is kept once for as long as it stays the same (`states`): a nightly run then
adds a line for each resident, and the findings of those alone of whom something changed.
"""

APPLICATION_ID = 0x4D656452  # "MedR": tells a history from any other SQLite file

# Each: its tables, then statements. `append_only` guards every table that the statements make.
MIGRATIONS: tuple[str, ...] = (
    # 1: runs, what they found and counted
    """
    CREATE TABLE runs (
        run INTEGER PRIMARY KEY, run_id TEXT NOT NULL UNIQUE, as_of TEXT NOT NULL,
        version TEXT NOT NULL, reference_version TEXT NOT NULL, reference_hash TEXT NOT NULL, input_hash TEXT NOT NULL
    );
    -- A run counts from when its output stands in its folder; of several runs of one day the last one does.
    CREATE TABLE writings (writing INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs, out TEXT NOT NULL);
    CREATE TABLE published (publication INTEGER PRIMARY KEY, writing INTEGER NOT NULL UNIQUE REFERENCES writings);
    CREATE TABLE states (state INTEGER PRIMARY KEY, content TEXT NOT NULL UNIQUE, facts TEXT NOT NULL);
    CREATE TABLE state_findings (
        state INTEGER NOT NULL REFERENCES states, finding_id TEXT NOT NULL, rule_id TEXT NOT NULL,
        severity TEXT NOT NULL, drugs TEXT NOT NULL, factor TEXT NOT NULL, since TEXT NOT NULL, asked TEXT NOT NULL,
        PRIMARY KEY (state, finding_id)
    ) WITHOUT ROWID;
    CREATE TABLE state_orders (
        state INTEGER NOT NULL REFERENCES states, ingredient TEXT NOT NULL, route TEXT NOT NULL,
        daily_dose TEXT NOT NULL, PRIMARY KEY (state, ingredient, route)
    ) WITHOUT ROWID;
    CREATE TABLE census (
        run INTEGER NOT NULL REFERENCES runs, patient_id TEXT NOT NULL, facility TEXT NOT NULL, unit TEXT NOT NULL,
        state INTEGER NOT NULL REFERENCES states, PRIMARY KEY (run, patient_id)
    ) WITHOUT ROWID;
    -- A rule as it stood in a reference, each wording once.
    CREATE TABLE rules (
        content TEXT PRIMARY KEY, rule_id TEXT NOT NULL, "check" TEXT NOT NULL, problem TEXT NOT NULL,
        effect TEXT NOT NULL, mechanism TEXT NOT NULL, management TEXT NOT NULL, alternatives TEXT NOT NULL,
        evidence TEXT NOT NULL, sources TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE reference_rules (
        reference_hash TEXT NOT NULL, rule_id TEXT NOT NULL, content TEXT NOT NULL REFERENCES rules,
        PRIMARY KEY (reference_hash, rule_id)
    ) WITHOUT ROWID;
    CREATE TABLE figures (
        run INTEGER NOT NULL REFERENCES runs, facility TEXT NOT NULL, figure TEXT NOT NULL, number INTEGER NOT NULL,
        PRIMARY KEY (run, facility, figure)
    ) WITHOUT ROWID;
    CREATE TABLE measures (
        run INTEGER NOT NULL REFERENCES runs, measure TEXT NOT NULL, facility TEXT NOT NULL, title TEXT NOT NULL,
        numerator INTEGER NOT NULL, denominator INTEGER NOT NULL, PRIMARY KEY (run, measure, facility)
    ) WITHOUT ROWID;
    """,
    # 2: what people answered
    """
    CREATE TABLE responses (
        response_number INTEGER PRIMARY KEY, same TEXT NOT NULL, patient_id TEXT NOT NULL, finding_id TEXT NOT NULL,
        rule_id TEXT NOT NULL, problem TEXT NOT NULL, response TEXT NOT NULL, rationale TEXT NOT NULL,
        who TEXT NOT NULL, date TEXT NOT NULL, read_from TEXT NOT NULL, note TEXT NOT NULL, reviewed TEXT NOT NULL,
        since TEXT NOT NULL, severity TEXT NOT NULL, factor TEXT NOT NULL, doses TEXT NOT NULL,
        problem_doses TEXT NOT NULL, closed TEXT NOT NULL
    );
    CREATE INDEX responses_same ON responses (same);
    """,
)
