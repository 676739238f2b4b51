"""The stage's organization with other questions in its check-in."""

from tests.world import ORGANIZATION

HEAD, _, REST = ORGANIZATION.partition("        questions:\n")
TAIL = REST[REST.index("  - name: Elsewhere") :]


def asking(*questions: str, anonymous: bool = False, more: str = "") -> str:
    """`more`: lines of the programme behind the check-in, at its level."""
    head = HEAD + ("        anonymous: true\n" if anonymous else "")
    return head + "        questions:\n" + "".join(f"          - {each}\n" for each in questions) + more + TAIL
