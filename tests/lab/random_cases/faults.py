"""What goes wrong in answers: one fault in an answer that was right."""

from random import Random

from tests.lab.random_cases.words import (
    ACAC_VALUES,
    LOCATIONS,
    MISNAMED,
    NO_ORIGINS,
    NOT_METHODS,
    NOT_NAMES,
    OTHER_ORIGINS,
    REDIRECTS,
    Answer,
    near,
    spelt,
)

TRANSPORT = ("close", "reset", "truncate", "badchunk", "early", "continue", "until-close")


class Faults:
    """Draws the fault of an answer in the case with this number."""

    def __init__(self, rng: Random, number: int, page: str, *, include: bool, no_cors: bool) -> None:
        self.rng = rng
        self.number = number
        self.page = page
        self.include = include
        self.no_cors = no_cors

    def spoil(self, answer: Answer, kind: str, asked: str) -> str:
        """Put a fault into the answer to a preflight or an actual request with this Origin; names it."""
        faults = (
            [self._origin_fault] * 8 + [self._credentials_fault] * (3 if self.include else 1) + [self._transport_fault]
        )
        if kind == "preflight":
            faults += [self._status_fault] * 2 + [self._list_fault] * 3 + [self._bare]
        elif answer["status"] in REDIRECTS:
            faults += [self._location_fault] * 3
        else:
            faults += [self._surprise]
        return self.rng.choice(faults)(answer, asked)

    def _origin_fault(self, answer: Answer, asked: str) -> str:
        rng = self.rng
        which = rng.choice([
            "missing", "near", "near", "other", "no-origin", "twice", "misnamed", "empty-too", "wild", "null", "page",
            "fold",
        ])  # fmt: skip
        lines = answer["headers"]
        at = next((k for k, line in enumerate(lines) if line[0].lower() == "access-control-allow-origin"), None)
        if at is None:
            return "none"
        match which:
            case "missing":
                del lines[at]
            case "near":
                lines[at][1] = near(rng, asked)
            case "other":
                lines[at][1] = rng.choice(OTHER_ORIGINS)
            case "no-origin":
                lines[at][1] = rng.choice(NO_ORIGINS)
            case "twice":
                second = rng.choice([lines[at][1], "*", "{origin}", rng.choice(OTHER_ORIGINS)])
                lines.insert(rng.choice([0, len(lines)]), [spelt(rng, "Access-Control-Allow-Origin"), second])
            case "empty-too":
                lines.insert(
                    rng.choice([0, len(lines)]), [spelt(rng, "Access-Control-Allow-Origin"), rng.choice(["", " "])]
                )
            case "misnamed":
                lines[at][0] = rng.choice(MISNAMED)
            case "wild":
                lines[at][1] = "*"
            case "null":
                lines[at][1] = "null"
            case "page":
                lines[at][1] = self.page
            case "fold":
                lines[at][1] = rng.choice([f"\r\n {asked}", f"{asked}\r\n ", f"{asked}\r\n\t, *"])
        return f"acao:{which}"

    def _credentials_fault(self, answer: Answer, asked: str) -> str:
        lines = answer["headers"]
        kept = [line for line in lines if line[0].lower() != "access-control-allow-credentials"]
        which = self.rng.choice(["missing", "junk", "junk", "twice", "empty-too"])
        values = {
            "missing": [],
            "junk": [self.rng.choice(ACAC_VALUES)],
            "twice": ["true", self.rng.choice(["true", "false"])],
            "empty-too": ["", "true"],
        }
        kept += [[spelt(self.rng, "Access-Control-Allow-Credentials"), value] for value in values[which]]
        answer["headers"] = kept
        return f"acac:{which}"

    def _transport_fault(self, answer: Answer, asked: str) -> str:
        whole = answer["status"] in (*REDIRECTS, 204, 205, 304) or self.no_cors
        answer["how"] = self.rng.choice([how for how in TRANSPORT if not (whole and how in ("truncate", "badchunk"))])
        return str(answer["how"])

    def _status_fault(self, answer: Answer, asked: str) -> str:
        answer["status"] = self.rng.choice([300, 301, 302, 304, 307, 400, 401, 403, 404, 405, 418, 500, 502, 503, 599])
        if answer["status"] in REDIRECTS:
            answer["headers"].append(
                ["Location", self.rng.choice([f"/case/{self.number}/0/x", "https://secure.localhost/x", ""])]
            )
        return f"status:{answer['status']}"

    def _list_fault(self, answer: Answer, asked: str) -> str:
        rng = self.rng
        name = rng.choice(["Access-Control-Allow-Methods", "Access-Control-Allow-Headers"])
        junk = rng.choice(NOT_METHODS if name.endswith("Methods") else NOT_NAMES)
        lines = answer["headers"]
        at = next((k for k, line in enumerate(lines) if line[0].lower() == name.lower()), None)
        which = rng.choice(["junk", "junk-line", "missing", "fewer", "case", "star", "empty", "split"])
        if at is None or which == "junk-line":
            lines.append([name, junk])
        elif which == "junk":
            lines[at][1] = junk
        elif which == "missing":
            del lines[at]
        elif which == "fewer":
            lines[at][1] = ",".join(lines[at][1].split(",")[1:])
        elif which == "case":
            lines[at][1] = lines[at][1].swapcase()
        elif which == "star":
            lines[at][1] = rng.choice(["*", "**", "*,", "x-*", "* , GET", "*, authorization"])
        elif which == "empty":
            lines[at][1] = rng.choice(["", ",", " , ,"])
        else:
            first, comma, rest = lines[at][1].partition(",")
            lines[at][1] = first
            lines.append([spelt(rng, name), rest if comma else ""])
        return f"{name[21:].lower()}:{which}"

    def _bare(self, answer: Answer, asked: str) -> str:
        answer["headers"] = []
        answer["status"] = self.rng.choice([200, 204, 404, 405, 501])
        return "bare"

    def _location_fault(self, answer: Answer, asked: str) -> str:
        lines = answer["headers"]
        where = next((line for line in lines if line[0] == "Location"), None)
        which = self.rng.choice(["odd", "odd", "odd", "missing", "same-twice", "conflict"])
        if where is None:
            return "none"
        if which == "missing":
            lines.remove(where)
        elif which == "odd":
            where[1] = self.rng.choice(LOCATIONS)
            which = f"odd:{where[1]}"
        else:
            lines.append(["location", where[1] if which == "same-twice" else "/elsewhere"])
        return f"location:{which}"

    def _surprise(self, answer: Answer, asked: str) -> str:
        """A redirect status that redirects nowhere, or a status that a page reads all the same."""
        answer["status"] = self.rng.choice([*REDIRECTS, 304, 300, 511, 204, 401])
        return f"status:{answer['status']}"
