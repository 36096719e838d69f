"""Signs that stand for others: typographic quotes, no-break spaces, HTML entities, the gutter of a listing."""

import pytest
from stories.patches import applied, becomes, block, diff, is_done, reasons, whole

QUOTED = "print(\"a - b\", 'c')\nend()\n"
CODE = 'if a < b and c:\n    print("x")\n'


@pytest.mark.parametrize(
    ("old", "new", "after"),
    [
        ("print(“a - b”, \u2018c\u2019)", "print(“a - d”, \u2018c\u2019)", "print(\"a - d\", 'c')\nend()\n"),
        ("print(“a \u2013 b”, \u2018c\u2019)", "print(“a \u2013 b”, \u2018d\u2019)", "print(\"a - b\", 'd')\nend()\n"),
        ("print(\"a - b\",\u00a0'c')", "print(\"a - b\",\u00a0'd')", "print(\"a - b\", 'd')\nend()\n"),
        # One kind of quote in the old lines speaks for the other kind in the new ones.
        ("print(“a - b”, 'c')", "print(\u2018a\u2019)", "print('a')\nend()\n"),
        # A sign that stands in no old line is meant.
        ("print(“a - b”, 'c')", "print(“a → b”)", 'print("a → b")\nend()\n'),
    ],
)
def test_typographic_signs_are_written_as_the_file_writes_them(old: str, new: str, after: str) -> None:
    assert applied(block(old, new), QUOTED) == (after, ("quotes",))


def test_typographic_signs_of_the_file_stay_and_may_be_asked_for_plainly() -> None:
    before = "say(“a”)\nsay(“b”)\n"
    assert applied(block('say("a")\nsay("b")', 'say("a")\nsay("c")', "a.txt"), before, "a.txt") == (
        'say(“a”)\nsay("c")\n',
        ("quotes",),
    )
    assert applied(block("say(“b”)", "say(“c”)", "a.txt"), before, "a.txt") == ("say(“a”)\nsay(“c”)\n", ())


def test_a_new_typographic_sign_stays_where_the_old_lines_fit_as_they_are() -> None:
    assert applied(block("end()", "end(“x”)", "a.txt"), QUOTED, "a.txt") == (QUOTED.replace("end()", "end(“x”)"), ())


def test_no_break_spaces_before_a_line_are_its_indentation() -> None:
    pad = "\u00a0" * 4
    after = CODE.replace("print", "say")
    assert applied(block(f'{pad}print("x")', f'{pad}say("x")'), CODE) == (after, ("quotes",))
    assert becomes(block(f'if a < b and c:\n{pad}print("x")', f'if a < b:\n{pad}print("x")'), CODE) == (
        CODE.replace(" and c", "")
    )


def test_other_letters_are_no_signs() -> None:
    assert "not in the file" in reasons(block("end(\uff09", "x"), QUOTED)[0]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("if a &lt; b and c:", "if a &lt; b or c:"),
        ("if a &lt; b and c:\n    print(&quot;x&quot;)", "if a &lt; b or c:\n    print(&quot;x&quot;)"),
    ],
)
def test_a_block_that_went_through_an_escaper_is_unescaped(old: str, new: str) -> None:
    assert applied(block(old, new), CODE) == (CODE.replace("and c", "or c"), ("entities",))
    rows = [*(f"-{line}" for line in old.split("\n")), *(f"+{line}" for line in new.split("\n"))]
    assert applied(diff(*rows), CODE) == (CODE.replace("and c", "or c"), ("entities",))


@pytest.mark.parametrize(
    ("old", "new", "before", "after"),
    [
        # The file holds the entity, so it is meant.
        ("a = '&lt;'", "b = '&lt;'", "a = '&lt;'\n", "b = '&lt;'\n"),
        ("a = &amp;", "b = &amp;", "a = &amp;\n", "b = &amp;\n"),
        # Signs that an escaper would not have left stand beside it.
        ("x = 1", "x = '<' + '&lt;'", "x = 1\n", "x = '<' + '&lt;'\n"),
        ("x = 1", "x = a & '&lt;'", "x = 1\n", "x = a & '&lt;'\n"),
        ("x = 1", "x = '&quot;'", "x = 1\n", "x = '&quot;'\n"),
        # Only new lines hold one, and it may be the point of the change.
        ("x = 1", "x = '&lt;'", "x = 1\n", "x = '&lt;'\n"),
    ],
)
def test_entities_that_are_meant_stay(old: str, new: str, before: str, after: str) -> None:
    assert applied(block(old, new), before) == (after, ())


@pytest.mark.parametrize(
    ("new", "after"),
    [
        ("x = a &amp;&amp; b", "x = a && b"),
        ("x = a =&gt; b", "x = a => b"),
        ("x = &quot;a&quot;", 'x = "a"'),
        ("x = a &lt;= b", "x = a <= b"),
        ("x = a &lt; b", "x = a < b"),
        ("// by &lt;ann@example.com&gt;", "// by <ann@example.com>"),
    ],
)
def test_new_lines_alone_are_unescaped_where_nobody_writes_such_entities(new: str, after: str) -> None:
    assert applied(block("x = 1", new, "a.js"), "x = 1\n", "a.js") == (f"{after}\n", ("entities",))


def test_angle_brackets_are_meant_in_prose_too_but_for_markdown() -> None:
    new, after = "See `the site\n&lt;https://example.com&gt;`_.", "See `the site\n<https://example.com>`_.\n"
    assert becomes(block("See.", new, "a.rst"), "See.\n", "a.rst") == after
    assert becomes(block("See.", new, "a.md"), "See.\n", "a.md") == f"{new}\n"
    quoted = "Write ``&lt;br&gt;`` for a break."
    assert becomes(block("See.", quoted, "a.rst"), "See.\n", "a.rst") == f"{quoted}\n"


@pytest.mark.parametrize("new", ["<b>a &amp;&amp; b</b>", "a =&gt; b", "a &lt;= b"])
def test_in_markup_they_stay(new: str) -> None:
    assert becomes(block("x", new, "a.html"), "x\n", "a.html") == f"{new}\n"


def test_an_entity_that_the_file_uses_stays_in_new_lines() -> None:
    before = "a = '&quot;'\nx = 1\n"
    assert becomes(block("x = 1", "x = &quot;", "a.txt"), before, "a.txt") == "a = '&quot;'\nx = &quot;\n"


def test_a_whole_file_that_went_through_an_escaper_is_unescaped() -> None:
    escaped = "if a &lt; b or c:\n    print(&quot;x&quot;)\n"
    assert becomes(whole(escaped), CODE) == CODE.replace("and c", "or c")
    assert is_done(whole(escaped.replace(" or ", " and ")), CODE)


def test_a_whole_file_about_entities_stays_as_it_is_sent() -> None:
    before = "a = '&lt;'\nb = 1\n"
    assert becomes(whole("a = '&lt;'\nb = 2\n"), before) == "a = '&lt;'\nb = 2\n"


@pytest.mark.parametrize("gutter", ["{} | ", "{:4d} | ", "{}: ", "{:>5}\t", "{} │ "])
def test_the_line_numbers_of_a_listing_fall_away(gutter: str) -> None:
    old = "\n".join(gutter.format(number) + line for number, line in enumerate(CODE.splitlines(), 7))
    new = old.replace("and c", "or c")
    assert applied(block(old, new), CODE) == (CODE.replace("and c", "or c"), ("line numbers",))


def test_new_lines_need_no_numbers() -> None:
    assert becomes(block('1 | if a < b and c:\n2 |     print("x")', 'if a < b:\n    print("x")'), CODE) == (
        CODE.replace(" and c", "")
    )


def test_blank_lines_may_have_lost_their_numbers() -> None:
    assert becomes(block("1 | a\n\n3 | b", "1 | a\n\n3 | c"), "a\n\nb\n") == "a\n\nc\n"


@pytest.mark.parametrize(
    "old", ["1 | a\n1 | b", "3 | a\n1 | b", "1 | a\nb", "1 | a\n9 | b", "12345678 | a\n12345679 | b"]
)
def test_numbers_that_do_not_count_lines_are_text(old: str) -> None:
    assert "not in the file" in reasons(block(old, "x"), "a\nb\n")[0]


def test_numbers_that_the_file_has_stay() -> None:
    assert applied(block("1: a\n2: b", "1: a\n2: c", "a.yml"), "1: a\n2: b\n", "a.yml") == ("1: a\n2: c\n", ())


def test_a_whole_file_with_line_numbers_loses_them_unless_it_had_them() -> None:
    assert becomes(whole("1 | x = 1\n2 | y = 3\n"), "x = 1\ny = 2\n") == "x = 1\ny = 3\n"
    assert becomes(whole("1: a\n2: c\n", "a.yml"), "1: a\n2: b\n", "a.yml") == "1: a\n2: c\n"
