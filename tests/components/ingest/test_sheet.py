import pytest

from components.errors import InputError
from components.ingest import sheet
from components.ingest.layout import normal
from components.ingest.sheet import Line


@pytest.fixture
def parse(tmp_path):
    """(name, content) -> normal spelling of the uri -> line."""

    def call(name, content):
        (tmp_path / name).write_bytes(content)
        findings = sheet.Findings(name)
        lines = sheet.read(str(tmp_path / name), findings)
        return {line.uri: line for line in sheet.unrepeated(((normal(line.uri), line) for line in lines), findings)}

    return call


def test_csv_and_jsonl_say_the_same(parse):
    csv = parse("manifest.csv", "uri,label,source,group,colour\na/1.jpg,삼성,official,u1,red\n".encode())
    jsonl = parse(
        "manifest.jsonl", '{"uri": "a/1.jpg", "label": "삼성", "source": "official", "group": "u1"}\n'.encode()
    )
    assert csv == jsonl == {"a/1.jpg": Line("a/1.jpg", "삼성", "official", "u1")}


def test_all_but_uri_is_optional(parse):
    assert parse("manifest.csv", b"\xef\xbb\xbfuri\r\na/1.jpg\r\n") == {"a/1.jpg": Line("a/1.jpg")}


def test_a_number_as_group_is_taken_as_text(parse):
    assert parse("manifest.jsonl", b'{"uri": "a", "group": 7}') == {"a": Line("a", group="7")}


def test_every_finding_is_in_the_error(parse):
    with pytest.raises(InputError) as error:
        parse("manifest.jsonl", b'{"label": "a"}\nnot json\n[1]\n{"uri": "x"}\n{"uri": "./x"}\n')
    assert str(error.value).splitlines() == [
        "manifest.jsonl cannot be used:",
        "  - line 1 has no uri",
        "  - line 2 is not JSON: Expecting value",
        "  - line 3 is not a JSON object",
        "  - x is there 2 times",
    ]


def test_a_csv_without_the_uri_column_names_its_columns(parse):
    with pytest.raises(InputError, match=r"no column uri \(columns: file, label\)"):
        parse("manifest.csv", b"file,label\n1.jpg,acme\n")


def test_a_manifest_in_another_encoding_is_refused(parse):
    with pytest.raises(InputError, match="not UTF-8"):
        parse("manifest.csv", "uri,label\na,삼성\n".encode("cp949"))


@pytest.mark.parametrize("text", ["2024-05-31", "2024-05-31T18:30:00Z", "2024-05-31 18:30:00.250+09:00"])
def test_captured_at_is_kept_as_it_is_written(parse, text):
    assert parse("manifest.csv", f"uri,captured_at\na,{text}\n".encode())["a"].captured_at == text


def test_a_captured_at_that_is_no_time_is_told_with_its_line(parse):
    with pytest.raises(InputError) as error:
        parse("manifest.csv", b"uri,captured_at\na,2024-05-31\nb,31.5.2024\nc,2024-02-30\nd,\n")
    assert [line.split(",")[0] for line in str(error.value).splitlines()[1:]] == [
        "  - line 3: captured_at is '31.5.2024'",
        "  - line 4: captured_at is '2024-02-30'",
    ]
