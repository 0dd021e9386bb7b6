"""Tables in plain text: columns of cells under a header, by pipes, tabs or runs of spaces."""

import re
from dataclasses import dataclass, field

GAP = re.compile(r"\t+|\s{2,}")
RULE = re.compile(r"[\s|+=:_-]*")
NOTHING = frozenset({"", "-", "--", "—", "–", "n/a", "N/A"})  # noqa: RUF001  as documents write it
LONGEST_HEADER = 40  # characters in a cell of a header


@dataclass(frozen=True)
class Cell:
    text: str
    start: int
    end: int


@dataclass
class Table:
    """Rows of cells under a header; `first` and `last` are its lines."""

    title: str
    header: list[Cell]
    first: int
    last: int = 0
    rows: list[list[str]] = field(default_factory=list)

    def column(self, index: int) -> list[str]:
        return [row[index] for row in self.rows if row[index] not in NOTHING]


def cells_of(line: str) -> list[Cell]:
    """The cells of a line, with where they start and end."""
    if line.count("|") >= 2:
        found, place = [], 0
        for text in line.strip().strip("|").split("|"):
            found.append(Cell(text.strip(), place, place + len(text)))
            place += len(text) + 1
        return found
    found, place = [], 0
    for gap in [*GAP.finditer(line), None]:
        end = gap.start() if gap else len(line)
        if line[place:end].strip():
            found.append(Cell(line[place:end].strip(), place, end))
        place = gap.end() if gap else end
    return found


def tables_in(lines: list[str]) -> list[Table]:
    """The tables of a text, in order. A blank line ends one."""
    tables: list[Table] = []
    current: Table | None = None
    title = ""
    for number, line in enumerate(lines):
        if not line.strip():
            current = None
        elif RULE.fullmatch(line):
            continue
        elif current is not None and _extend(current, cells_of(line), line):
            current.last = number
        else:
            current = _started(lines, number, title)
            if current is None:
                title = line
            else:
                tables.append(current)
    return [table for table in tables if table.rows]


def _started(lines: list[str], number: int, title: str) -> Table | None:
    header = cells_of(lines[number])
    if len(header) < 2 or any(len(c.text) > LONGEST_HEADER or ":" in c.text for c in header):
        return None
    if not all(re.match(r"[A-Za-z#№]", c.text) for c in header if c.text):
        return None
    following = [line for line in lines[number + 1 : number + 4] if not RULE.fullmatch(line)]
    if not following or len(cells_of(following[0])) < min(3, len(header)):
        return None
    return Table(title.strip(" #:=*"), header, number, number)


def _extend(table: Table, cells: list[Cell], line: str) -> bool:
    """Take a line as a row, or as the rest of the row before; False when it is neither."""
    width = len(table.header)
    if len(cells) == width:
        table.rows.append([cell.text for cell in cells])
        return True
    if len(cells) > width:
        return False
    if len(cells) == 1 and table.rows and line.startswith(" "):
        place = _column(table, cells[0])
        table.rows[-1][place] = f"{table.rows[-1][place]} {cells[0].text}".strip()
        return True
    if len(cells) < max(2, width - 2) or re.match(r"(?i)\s*(sub|net |grand )?total|\s*vat\b", line):
        return False
    row = [""] * width
    for cell in cells:
        row[_column(table, cell)] = cell.text
    table.rows.append(row)
    return True


def _column(table: Table, cell: Cell) -> int:
    """The column whose head a cell stands under, or nearest to."""

    def apart(index: int) -> int:
        head = table.header[index]
        return max(head.start - cell.end, cell.start - head.end)

    return min(range(len(table.header)), key=apart)
