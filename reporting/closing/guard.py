"""Database triggers that keep closed periods closed, whoever changes a record and by what door.

A change that touches a closed period is written down as an ``AmendmentMark`` in the transaction of
the change itself. The table of marks refuses a mark that has neither a reason nor an unlocking in
force, and with it the change. PostgreSQL looks once a statement (transition tables), SQLite once a
row. What is guarded stands in ``guarded.py``; why it is done this way in
docs/decisions/0012-closed-periods.md.

Who locks and who saves never miss one another. On PostgreSQL a save shares an advisory lock with
all other saves, and another one of its commune or department; ``locks.closing`` takes one of them
for itself, so that it sees every save that was let in, and every later save sees what it closed.
A change of what others hang rows on (a class, a person) shares a third one with every closing.
On SQLite there is one writer at a time anyway.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from campaign.portal.amending import TOKEN
from campaign.portal.scope import PATH_STEP
from reporting.closing.guarded import GUARDED, STARTS, Guarded

#: the advisory locks of saving: (GUARD, 0) everybody's, (GUARD, id) a commune's or department's
GUARD = 20_254_058
#: (GUARD, HUNG_ON): changing what somebody else may just now hang a record on, in any commune
HUNG_ON = -1
OPERATIONS = ("INSERT", "UPDATE", "DELETE")
MARKS = "reporting_amendmentmark"
COLUMNS = "lock_id, window_id, kind, ref, reason, by_id, door, at"
_DEEPEST = 10


def install(connection: Any) -> None:
    """Create the triggers, replacing those that stand. Safe to run at any time."""
    present = set(connection.introspection.table_names())
    if not {MARKS, "reporting_unlockwindow"} <= present:
        return
    with connection.cursor() as cursor:
        for statement in _statements(connection.vendor, present):
            cursor.execute(statement)


def remove(connection: Any) -> None:
    """Drop the triggers: closed records are then as open as all others."""
    present = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for name, table in _triggers(connection.vendor):
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP FUNCTION IF EXISTS {name}() CASCADE")
            elif table in present:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def _triggers(vendor: str) -> Iterator[tuple[str, str]]:
    for guarded in (*GUARDED, STARTS):
        for operation in OPERATIONS:
            yield name_of(guarded, operation), guarded.table
    if vendor == "postgresql":
        for guarded in GUARDED:
            yield _gate(guarded.table), guarded.table
    yield "guard_marks", MARKS


def name_of(guarded: Guarded, operation: str) -> str:
    """The trigger's name in the database."""
    return f"guard_{guarded.name}_{operation.lower()}"


def _gate(table: str) -> str:
    return f"guard_in_{table}"


def _statements(vendor: str, present: set[str]) -> Iterator[str]:
    there = [guarded for guarded in (*GUARDED, STARTS) if guarded.table in present]
    if vendor != "postgresql":
        yield from _SQLITE_MARKS
        for guarded in there:
            for operation in OPERATIONS:
                yield from _sqlite(guarded, operation)
        return
    yield from _POSTGRESQL_MARKS
    for table in dict.fromkeys(guarded.table for guarded in there):
        yield from _postgresql_gate(table)
    for guarded in there:
        for operation in OPERATIONS:
            yield from _postgresql(guarded, operation)


# --- What a change touches ----------------------------------------------------------------


def _touched(
    guarded: Guarded, side: str, *, signed: bool, fresh: str, classes: str, date: str = "date"
) -> str:
    """Which days of which owners some rows count on, and how they count there."""
    signature = ("id", *guarded.counts) if signed and guarded is not STARTS else ()
    also = "".join(f", r.{column} AS s{n}" for n, column in enumerate(signature))
    return " UNION ALL ".join(
        select.format(rows=side, also=also, fresh=fresh, classes=classes, date=date)
        for select in guarded.rows
    )


def _closed(guarded: Guarded, touched: str, *, vendor: str, signed: bool) -> str:
    """Which closed periods that is in, whether they are unlocked just now, and how it counts."""
    days = guarded.when == "t.day BETWEEN l.starts_on AND l.ends_on"
    signature = ("id", *guarded.counts) if signed and guarded is not STARTS else ()
    also = "".join(f", t.s{n} AS s{n}" for n in range(len(signature)))
    if guarded is STARTS:
        also = ", t.day AS s0"
    above, now = _above(vendor, "t.path"), _now(vendor)
    window = (
        "SELECT max(w.id) FROM reporting_unlockwindow w "  # noqa: S608
        "JOIN reporting_periodlock o ON o.id = w.lock_id "
        f"WHERE {above.format('w.unit_id')} AND w.ended_at IS NULL "
        f"AND w.at <= {now} AND w.until > {now} "
        f"AND {'t.day' if days else 'l.ends_on'} BETWEEN o.starts_on AND o.ends_on"
    )
    return (
        f"SELECT l.id AS lock_id, ({window}) AS window_id, t.kind AS kind, t.ref AS ref{also} "  # noqa: S608
        f"FROM ({touched}) t JOIN reporting_periodlock l ON {above.format('l.unit_id')} "
        f"AND {guarded.when} AND l.released_at IS NULL"
    )


def _above(vendor: str, path: str) -> str:
    """The condition that a unit stands at or above a path, which is made of row ids."""
    if vendor == "postgresql":
        return f"{{}} = ANY (guard_units({path}))"
    ids = ", ".join(
        f"CAST(substr({path}, {1 + step * PATH_STEP}, {PATH_STEP}) AS INTEGER)"
        for step in range(_DEEPEST)
    )
    return f"{{}} IN ({ids})"


def _now(vendor: str) -> str:
    return "clock_timestamp()" if vendor == "postgresql" else "strftime('%Y-%m-%d %H:%M:%f', 'now')"


def _differing(was: str, will: str) -> str:
    """What counts before a change or after it, but not in the same way both times."""
    return (
        f"SELECT * FROM (SELECT * FROM ({was}) b EXCEPT SELECT * FROM ({will}) a) gone UNION ALL "  # noqa: S608
        f"SELECT * FROM (SELECT * FROM ({will}) a EXCEPT SELECT * FROM ({was}) b) come"
    )


# --- SQLite: once a row -------------------------------------------------------------------

_SQLITE_MARKS = (
    "DROP TRIGGER IF EXISTS guard_marks",
    f"CREATE TRIGGER guard_marks BEFORE INSERT ON {MARKS} FOR EACH ROW "
    "WHEN NEW.window_id IS NULL AND trim(NEW.reason) = '' "
    f"BEGIN SELECT portal_closed(NEW.lock_id); SELECT RAISE(ABORT, '{TOKEN}'); END",
)


def _sqlite(guarded: Guarded, operation: str) -> Iterator[str]:
    name = name_of(guarded, operation)
    yield f"DROP TRIGGER IF EXISTS {name}"
    when = ""
    if operation == "UPDATE":
        when = "WHEN " + " OR ".join(f"OLD.{c} IS NOT NEW.{c}" for c in guarded.columns)
    said = ", ".join(f"portal_amending('{what}')" for what in ("reason", "by", "door"))
    yield (
        f"CREATE TRIGGER {name} AFTER {operation} ON {guarded.table} FOR EACH ROW {when} BEGIN "  # noqa: S608
        f"INSERT INTO {MARKS} ({COLUMNS}) SELECT DISTINCT lock_id, window_id, kind, ref, "
        f"{said}, {_now('sqlite')} FROM ({_sqlite_closed(guarded, operation)}) x; END"
    )


def _sqlite_closed(guarded: Guarded, operation: str) -> str:
    def side(row: str) -> str:
        return f"(SELECT {', '.join(f'{row}.{c} AS {c}' for c in guarded.columns)})"

    old, new = side("OLD"), side("NEW")
    if guarded is STARTS:
        nothing = f"(SELECT * FROM {new if operation == 'INSERT' else old} WHERE 0)"  # noqa: S608
        classes = {"INSERT": "NEW.training_class_id", "DELETE": "OLD.training_class_id"}.get(
            operation, "OLD.training_class_id, NEW.training_class_id"
        )
        fresh = "-1" if operation == "DELETE" else "NEW.id"
        was, will = (
            nothing if operation == "INSERT" else old,
            nothing if operation == "DELETE" else new,
        )
    else:
        fresh = classes = ""
        was, will = old, new
    both = operation == "UPDATE" or guarded is STARTS
    before, after = (
        _closed(
            guarded,
            _touched(guarded, rows, signed=both, fresh=fresh, classes=classes, date="text"),
            vendor="sqlite",
            signed=both,
        )
        for rows in (was, will)
    )
    one = after if operation == "INSERT" else before
    found = _differing(before, after) if both else one
    # Joined from the changed row outwards, as written, whatever SQLite thinks of the tables.
    return found.replace(" JOIN ", " CROSS JOIN ")


# --- PostgreSQL: once a statement ---------------------------------------------------------

_POSTGRESQL_MARKS = (
    f"""
CREATE OR REPLACE FUNCTION guard_units(path text) RETURNS bigint[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE WHEN path !~ '[^0-9]' THEN ARRAY(
  SELECT substr(path, i, {PATH_STEP})::bigint
  FROM generate_series(1, length(path), {PATH_STEP}) AS i ORDER BY i
) END
$$""",  # noqa: S608
    f"""
CREATE OR REPLACE FUNCTION guard_marks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.window_id IS NULL AND btrim(NEW.reason) = '' THEN
    RAISE EXCEPTION '{TOKEN} %', NEW.lock_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$""",
    f"DROP TRIGGER IF EXISTS guard_marks ON {MARKS}",
    f"CREATE TRIGGER guard_marks BEFORE INSERT ON {MARKS} "
    "FOR EACH ROW EXECUTE FUNCTION guard_marks()",
)

_TRANSITIONS = {
    "INSERT": "REFERENCING NEW TABLE AS new_rows",
    "DELETE": "REFERENCING OLD TABLE AS old_rows",
    "UPDATE": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
}


def _postgresql_gate(table: str) -> Iterator[str]:
    """Before any row: share the lock of saving. An older view of the data could miss a closing."""
    name = _gate(table)
    yield (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') "
        "THEN RAISE EXCEPTION 'Records are changed in READ COMMITTED transactions.' "
        "USING ERRCODE = 'feature_not_supported'; END IF; "
        f"PERFORM pg_advisory_xact_lock_shared({GUARD}, 0); RETURN NULL; END $$"
    )
    yield f"DROP TRIGGER IF EXISTS {name} ON {table}"
    yield (
        f"CREATE TRIGGER {name} BEFORE INSERT OR UPDATE OR DELETE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
    )


def _postgresql(guarded: Guarded, operation: str) -> Iterator[str]:
    name = name_of(guarded, operation)
    yield (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ {_postgresql_body(guarded, operation)} $$"
    )
    yield f"DROP TRIGGER IF EXISTS {name} ON {guarded.table}"
    yield (
        f"CREATE TRIGGER {name} AFTER {operation} ON {guarded.table} {_TRANSITIONS[operation]} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
    )


def _postgresql_body(guarded: Guarded, operation: str) -> str:
    """First whose days are touched; then their locks of saving; then which of them are closed.

    Nearly always nothing is closed there, and it ends after a look at the youngest closed period.
    """
    columns = ", ".join(guarded.columns)
    changed = _changed(guarded, operation, columns)
    sides = [side for side in ("old_side", "new_side") if side in changed]
    both = operation == "UPDATE" or guarded is STARTS
    fresh = (
        "SELECT id FROM new_side" if operation != "DELETE" else "SELECT NULL::bigint WHERE false"
    )
    classes = " UNION ".join(f"SELECT training_class_id FROM {side}" for side in sides)  # noqa: S608

    def touched(side: str, *, signed: bool) -> str:
        return _touched(guarded, side, signed=signed, fresh=fresh, classes=classes)

    def empty_or(side: str) -> str:
        return side if side in sides else f"(SELECT * FROM {sides[0]} WHERE false)"  # noqa: S608

    with_sides = f"WITH {changed} "
    anywhere = " UNION ALL ".join(
        touched(empty_or(side), signed=False)
        for side in (("old_side", "new_side") if both else sides)
    )
    was, will = (
        _closed(guarded, touched(empty_or(side), signed=both), vendor="postgresql", signed=both)
        for side in ("old_side", "new_side")
    )
    closed = _differing("TABLE was", "TABLE will") if both else "TABLE hit"
    named = (
        f"was AS ({was}), will AS ({will})"
        if both
        else f"hit AS ({will if sides == ['new_side'] else was})"
    )
    earliest = "min(t.day)" if "t.until" not in guarded.when else "NULL::date"
    return f"""
DECLARE at_paths text[]; at_days date[]; said jsonb;
BEGIN
  {_before_looking(guarded, operation, with_sides)}
  {with_sides} SELECT array_agg(g.path), array_agg(g.day) INTO at_paths, at_days
  FROM (SELECT t.path, {earliest} AS day FROM ({anywhere}) t GROUP BY t.path) g;
  IF at_paths IS NULL THEN RETURN NULL; END IF;
  PERFORM pg_advisory_xact_lock_shared({GUARD}, h.head) FROM (
    SELECT DISTINCT coalesce((guard_units(p))[2], (guard_units(p))[1])::int AS head
    FROM unnest(at_paths) AS p WHERE p !~ '[^0-9]' ORDER BY 1
  ) h;
  IF NOT EXISTS (
    SELECT 1 FROM unnest(at_paths, at_days) AS g(path, day)
    JOIN reporting_periodlock l ON l.unit_id = ANY (guard_units(g.path))
    AND l.released_at IS NULL AND (g.day IS NULL OR l.ends_on >= g.day)
  ) THEN RETURN NULL; END IF;
  said := nullif(current_setting('portal.amending', true), '')::jsonb;
  {with_sides}, {named}
  INSERT INTO {MARKS} ({COLUMNS})
  SELECT lock_id, window_id, kind, ref,
    left(coalesce(said->>'reason', ''), 300), (said->>'by')::bigint,
    left(coalesce(said->>'door', ''), 20), clock_timestamp()
  FROM (SELECT DISTINCT lock_id, window_id, kind, ref FROM ({closed}) c) x;
  RETURN NULL;
END"""  # noqa: S608


def _before_looking(guarded: Guarded, operation: str, with_sides: str) -> str:
    """What a change waits for before it looks what counts: others may be saving beneath it.

    A subtree moves when nobody saves: otherwise a record could be saved under both owners.
    """
    if operation != "UPDATE":
        return ""
    if guarded.table == "units_unit":
        moved = f"{with_sides} SELECT 1 FROM old_side WHERE path !~ '[^0-9]'"  # noqa: S608
        return f"IF EXISTS ({moved}) THEN PERFORM pg_advisory_xact_lock({GUARD}, 0); END IF;"
    if guarded.hung_on:
        changed = f"{with_sides} SELECT 1 FROM new_side"  # noqa: S608
        shared = f"PERFORM pg_advisory_xact_lock_shared({GUARD}, {HUNG_ON})"
        return f"IF EXISTS ({changed}) THEN {shared}; END IF;"
    return ""


def _changed(guarded: Guarded, operation: str, columns: str) -> str:
    """The changed rows as far as they matter; an update that changes nothing of it has none."""
    if operation == "INSERT":
        return f"new_side AS (SELECT {columns} FROM new_rows)"  # noqa: S608
    if operation == "DELETE":
        return f"old_side AS (SELECT {columns} FROM old_rows)"  # noqa: S608
    old, new = (f"SELECT {columns} FROM {rows}" for rows in ("old_rows", "new_rows"))  # noqa: S608
    return f"old_side AS ({old} EXCEPT {new}), new_side AS ({new} EXCEPT {old})"
