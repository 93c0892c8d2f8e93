"""Secrets do not pass, in whatever form and in however many pieces they come; everything else passes unchanged."""

from __future__ import annotations

import base64
import html
import itertools
import json
import random
import shlex
from urllib.parse import quote, quote_plus

import pytest

from pynb_dag_runner.runlog.redaction import Redactor, secrets_by_name

SECRET = "pä$$ '<w>&\"ö\\/rd+?"
PLAIN = "c0rrect-horse_battery"
PRIVATE_KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow{0}\n{0}\n-----END RSA PRIVATE KEY-----".format("abcd1234" * 8)

SHAPES = {
    "github-token": "ghp_" + "a1B2" * 9,
    "github-pat": "github_pat_" + "a1B2" * 9,
    "aws-key": "AKIAIOSFODNN7EXAMPLE",
    "slack-token": "xoxb-1234567890-abcdef",
    "api-key": "sk-proj-abcdefghijklmnopqrstuv",
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N",
    "private-key": PRIVATE_KEY,
    "password": "https://jane:s3cr3t@example.org/x",
}


def in_pieces(redactor: Redactor, text: str, cuts: list[int]) -> str:
    """What a text becomes that arrives in pieces."""
    stream = redactor.text_stream()
    borders = [0, *cuts, len(text)]
    pieces = [stream.feed(text[start:end])[0] for start, end in itertools.pairwise(borders)]
    return "".join([*pieces, stream.finish()[0]])


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        json.dumps(json.dumps(SECRET)[1:-1])[1:-1],
        repr(SECRET)[1:-1],
        quote(SECRET, safe=""),
        quote(SECRET),
        quote_plus(SECRET),
        html.escape(SECRET),
        html.escape(SECRET, quote=False),
        html.escape(SECRET).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
        shlex.quote(SECRET)[1:-1],
        SECRET.encode().hex(),
        SECRET.encode().hex().upper(),
    ],
)
def test_that_every_form_of_a_value_is_found(form: str) -> None:
    redactor = Redactor({"DB_PASSWORD": SECRET})
    assert redactor.text(f"before {form} after") == ("before [redacted:DB_PASSWORD] after", 1)
    assert redactor.bytes(f"before {form} after".encode()) == (b"before [redacted:DB_PASSWORD] after", 1)


@pytest.mark.parametrize("before", ["", "u", "us", "use", "user:"])
@pytest.mark.parametrize("after", ["", "\n", ":x", "etc"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_that_base64_is_found_at_every_alignment(before: str, after: str, encode: object) -> None:
    assert callable(encode)
    encoded = encode(f"{before}{SECRET}{after}".encode()).decode()
    redacted, count = Redactor({"KEY": SECRET}).text(encoded)
    assert count == 1
    # At most one character on each side, which holds bits of neighbours, is left of the secret's own.
    kept = redacted.replace("[redacted:KEY]", "").rstrip("=")
    assert len(kept) <= len(base64.b64encode(before.encode() + after.encode())) + 2


def test_that_a_value_is_found_line_by_line() -> None:
    redactor = Redactor({"CERTIFICATE": "first line of it\nsecond line of it\nend"})
    assert redactor.text("    first line of it\n    second line of it\n")[1] == 2
    assert redactor.json(["first line of it\n", "second line of it\n", "end"])[0][2] == "end"  # type: ignore[index]


@pytest.mark.parametrize("name", SHAPES)
def test_that_shapes_of_secrets_are_found(name: str) -> None:
    redacted, count = Redactor().text(f"before {SHAPES[name]} after")
    assert (count, f"[redacted:{name}]" in redacted) == (1, True)
    assert "s3cr3t" not in redacted
    assert "MIIE" not in redacted


@pytest.mark.parametrize(
    "text", ["http://localhost:8080/x", "ghp_short", "time 12:30 user@example.org", "sk-learn", "eyJ", "AKIA", ""]
)
def test_that_harmless_text_is_unchanged(text: str) -> None:
    assert Redactor({"A": "s3cret!"}).text(text) == (text, 0)


def test_that_overlapping_secrets_leave_nothing() -> None:
    redactor = Redactor({"A": "abcdefgh", "B": "efghijkl", "C": "cdef"})
    assert redactor.text("<abcdefghijkl>") == ("<[redacted:A]>", 1)
    assert redactor.bytes(b"<abcdefghijkl>") == (b"<[redacted:A]>", 1)
    assert Redactor({"A": "abab"}).text("xababab") == ("x[redacted:A]", 1)
    for cut in range(15):
        assert in_pieces(redactor, "<abcdefghijkl>", [cut]) == "<[redacted:A]>"


def test_that_the_longest_of_several_secrets_counts() -> None:
    redactor = Redactor({"SHORT": "abcd", "LONG": "abcdefgh"})
    assert redactor.text("abcdefgh abcd") == ("[redacted:LONG] [redacted:SHORT]", 2)
    for cut in range(9):
        assert in_pieces(redactor, "abcdefgh", [cut]) == "[redacted:LONG]"


def test_that_a_secret_in_a_replacement_does_not_nest() -> None:
    assert Redactor({"A": "first-secret", "B": "redacted"}).text("first-secret") == ("[redacted:A]", 1)


def test_that_json_is_redacted_in_keys_too() -> None:
    redacted, count = Redactor({"K": PLAIN}).json({f"x{PLAIN}": [PLAIN, {"deep": (PLAIN, 1, None, True)}], "n": 1.5})
    assert redacted == {"x[redacted:K]": ["[redacted:K]", {"deep": ["[redacted:K]", 1, None, True]}], "n": 1.5}
    assert count == 3


@pytest.mark.parametrize(
    "text", [PLAIN, SECRET, PRIVATE_KEY, *SHAPES.values(), "https://me:pass@host/", "nothing of it"]
)
@pytest.mark.parametrize("around", ["{}", "\n{}\n", '"{}"', "\\{}"])
def test_that_json_text_hides_what_json_hides(text: str, around: str) -> None:
    redactor = Redactor({"K": PLAIN, "S": SECRET})
    value = {"list": [1, around.format(text), {around.format(text): None}], "n": 1.5}
    redacted, count = redactor.json_text(value)
    assert (json.loads(redacted), count) == redactor.json(value)


def test_that_short_values_are_left_alone() -> None:
    assert Redactor({"A": "abc"}).text("abc abc") == ("abc abc", 0)


@pytest.mark.parametrize("secret", [PLAIN, SECRET, PRIVATE_KEY, "with several words in it"])
def test_that_a_secret_is_found_across_every_border(secret: str) -> None:
    redactor = Redactor({"KEY": secret})
    text = f"a line\nbefore {secret} after\n"
    for cut in range(len(text)):
        assert in_pieces(redactor, text, [cut]) == "a line\nbefore [redacted:KEY] after\n"
    assert in_pieces(redactor, text, list(range(len(text)))) == "a line\nbefore [redacted:KEY] after\n"


@pytest.mark.parametrize("name", SHAPES)
def test_that_shapes_are_found_across_every_border(name: str) -> None:
    redactor, text = Redactor(), f"before {SHAPES[name]} after\n"
    whole = redactor.text(text)[0]
    for cut in range(len(text)):
        assert in_pieces(redactor, text, [cut]) == whole


def test_that_bytes_are_found_across_every_border() -> None:
    redactor = Redactor({"KEY": PLAIN, "B": "battery-staple"})
    content = b"\xff\x00" + PLAIN.encode() + b"-staple\x00" + PLAIN.encode()
    for cut in range(len(content)):
        stream = redactor.byte_stream()
        pieces = [stream.feed(content[:cut]), stream.feed(content[cut:]), stream.finish()]
        assert b"".join(piece for piece, _ in pieces) == b"\xff\x00[redacted:KEY]\x00[redacted:KEY]"
        assert sum(count for _, count in pieces) == 2


def test_that_pieces_of_any_size_give_what_the_whole_gives() -> None:
    chance = random.Random(7)
    redactor = Redactor({"A": "abcabd", "B": "cabx", "C": "bb bb"})
    for _ in range(300):
        text = "".join(chance.choice("abcdx ") for _ in range(80))
        cuts = sorted(chance.sample(range(80), 6))
        assert in_pieces(redactor, text, cuts) == redactor.text(text)[0]


@pytest.mark.parametrize("cuts", [(3,), (0, 3), (2, 2, 9), (1, 2, 3, 4, 5, 6)])
def test_that_a_secret_is_found_across_texts_that_follow_each_other(cuts: tuple[int, ...]) -> None:
    borders = [0, *(7 + cut for cut in cuts), 14 + len(PLAIN)]
    text = f"before {PLAIN} after "
    texts = [text[start:end] for start, end in itertools.pairwise(borders)] + [text]
    redacted = Redactor({"DB_PASSWORD": PLAIN}).pieces(texts)
    assert len(redacted) == len(texts)
    assert "".join(redacted) == "before [redacted:DB_PASSWORD] after " * 2


def test_that_whole_lines_pass_at_once() -> None:
    stream = Redactor({"KEY": PLAIN}).text_stream()
    assert stream.feed("epoch 1, loss 0.5\n") == ("epoch 1, loss 0.5\n", 0)
    assert stream.feed("epoch 2, lo") == ("epoch 2, ", 0)
    assert stream.feed("ss 0.4\n") == ("loss 0.4\n", 0)


def test_that_text_without_spaces_is_not_held_back_forever() -> None:
    stream = Redactor({"KEY": PLAIN}).text_stream()
    written = sum(len(stream.feed("x" * 1000)[0]) for _ in range(100))
    assert written > 80_000


def test_that_names_tell_which_variables_are_secret() -> None:
    value = "a-long-value"
    secret = ["GITHUB_TOKEN", "DB_PASSWORD", "OPENAI_API_KEY", "OPENAI_APIKEY", "AWS_SECRET_ACCESS_KEY", "SSH_KEYS"]
    secret += ["HTTP_AUTH", "MYSQL_PWD", "SENTRY_DSN", "DB_PASS", "SESSION_COOKIE", "key", "GPG_PASSPHRASE", "DB_CONN"]
    harmless = ["PATH", "HOME", "PWD", "OLDPWD", "GIT_AUTHOR_NAME", "XAUTHORITY", "KEYBOARD_LAYOUT", "PASSIVE", "LANG"]
    found = secrets_by_name(dict.fromkeys([*secret, *harmless], value))
    assert sorted(found) == sorted(secret)
    assert secrets_by_name({"DEBUG_TOKEN": "off", "API_TOKEN": "1234567"}) == {}
