"""Search over 100,000 invented documents: ours on SQLite and PostgreSQL, tantivy, and the statements that we run, bare.

`python -m benchmarks.search --server postgresql://…` prints the 95th percentile of 60 mixed questions for each, the ratio of
ours (words cut, kinds probed, scope, ranking, the first ten drawn with their highlights) to its own statements on a bare
cursor, the time of a whole page, and how many of the first ten both databases agree on. Beside them stands what one would
write by hand: the usual table with every position kept, ordered by bm25() or ts_rank() over all hits.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import click

from .measure import timed
from .place import own_site

MOST_RATIO, MOST_PAGE, LEAST_ALIKE = 1.5, 0.1, 8.0
ROUNDS = 9
TEXT = (
    "科技创新企业平台研发项目资金补助政策服务产业数字智能制造农业柑橘医药健康环境湖泊水质监测预警信用贷款风险补偿专利知识产权成果转化人才团队专家评审申报立项验收绩效评估规划指标任务责任单位部门乡镇街道园区"
    "孵化众创空间科普基地标准质量检测认证高新技术中小专精特新巨人瞪羚揭榜挂帅包干经费预算决算审计监督公开公示异议复核备案登记合同交易需求供给对接合作高校院所实验中心仪器共享数据算力模型物联传感通信网络安全"
    "应急气象地质森林防火洪水交通物流旅游文化教育培训能源光伏储能电池材料建材家居食品加工冷链电商种业良种育苗灌溉土壤肥料病虫绿色低碳循环节能减排污水垃圾处理再生装备机器焊接模具电子元件芯片封装软件信息云端"
    "边缘协同改造升级"
)
WORDS = tuple(TEXT[at : at + 2] for at in range(0, len(TEXT), 2))
JOINTS = ("的", "与", "和", "及", "对", "为", "在", "了", "按", "向", "由", "等")
LATIN = ("platform", "pilot", "sensor", "5g", "iso", "hte", "report", "annual", "model", "index")
COMMON = ("企业", "科技", "创新", "研发", "平台", "政策", "数据", "监测")


def _sentence(chance: Random, most: int) -> str:
    """Words by Zipf's law with joints between them, as long sentences of offices are."""
    told: list[str] = []
    for _n in range(chance.randint(most // 2, most)):
        told.append(WORDS[min(int(chance.paretovariate(0.6)) - 1, 10**6) % len(WORDS)])
        if chance.random() < 0.4:
            told.append(chance.choice(JOINTS))
        if chance.random() < 0.06:
            told.append(f" {chance.choice(LATIN)} ")
    return "".join(told)


def documents(count: int) -> Iterator[tuple[str, str, list[str]]]:
    """(title, number, paragraphs) of invented documents, the same each time."""
    chance = Random(216)
    for n in range(count):
        title = f"关于{_sentence(chance, 6)}的通知"
        number = f"某府发〔{2010 + n % 16}〕{n % 997 + 1}号"
        yield title, number, ["。".join(_sentence(chance, 24) for _line in range(3)) + "。" for _part in range(2)]


def questions() -> list[str]:
    """60 mixed questions: common words, rare ones, phrases, several words, one character, numbers, English."""
    chance = Random(2020)
    rare = [w for w in WORDS if w not in COMMON]
    told = [*COMMON]
    told += chance.sample(rare, 14)
    told += ["".join(chance.sample(WORDS[:40], 2)) for _n in range(12)]
    told += [" ".join(chance.sample(WORDS[:60], 2)) for _n in range(10)]
    told += [chance.choice(WORDS)[:1] for _n in range(5)]
    told += [f"{2010 + n} {chance.randint(1, 997)}号" for n in range(4)] + ["某府发〔2020〕12号"]
    told += ["platform", "sensor 监测", "annual report", "5g", "pil", "没有这个词语"]
    return told[:60]


def fill(count: int) -> None:
    """The documents, each with a file whose paragraphs are searched: records by save_many, file rows and passages in blocks."""
    from django.db import transaction

    from hanfeng.commons.documents.models import Document
    from hanfeng.kernel.api import save_many
    from hanfeng.kernel.record.models import Attachment
    from hanfeng.kernel.search import engine
    from hanfeng.kernel.search.places import of_file
    from hanfeng.kernel.search.words import plain

    held: list[tuple[Document, list[str]]] = []

    def made() -> Iterator[Any]:
        for title, number, paragraphs in documents(count):
            record = Document(title=title, number=number, public=True, demo=True)
            held.append((record, paragraphs))
            yield record

    save_many(made(), None, title="benchmark")
    for at in range(0, count, 2000):
        block = held[at : at + 2000]
        with transaction.atomic():
            files = Attachment.objects.bulk_create(
                Attachment(
                    kind="documents.document",
                    key=r.pk,
                    name=f"{r.number}.txt",
                    media="text/plain",
                    size=1,
                    sha256="0" * 64,
                )
                for r, _paragraphs in block
            )
            engine.put(
                [
                    engine.Row(of_file(Document, f.pk, n), r.pk, plain(f.name) if n == 0 else "", plain(text), text)
                    for f, (r, paragraphs) in zip(files, block, strict=True)
                    for n, text in enumerate(paragraphs)
                ]
            )


Pair = tuple[float, float]


def p95(works: dict[str, Callable[[str], object]], asked: list[str]) -> dict[str, Pair]:
    """(95th percentile, mean) seconds of the questions for each way of answering, the ways in turn.

    Each question counts with the least of its rounds, without waiting for a core.
    """
    best: dict[tuple[str, str], float] = {}
    for turn in range(ROUNDS + 1):
        for name, work in works.items():
            for text in asked:
                _wall, took = timed(partial(work, text))
                if turn:  # the first round warms up
                    best[name, text] = min(took, best.get((name, text), took))
    told = {name: sorted(best[name, text] for text in asked) for name in works}
    return {name: (times[int(0.95 * len(times))], sum(times) / len(times)) for name, times in told.items()}


def measured(count: int) -> dict[str, Any]:
    """One database: ours, our statements bare, a page, the usual statement."""
    from django.contrib.auth.models import User
    from django.db import connection
    from django.test import Client

    from hanfeng.kernel.search import find
    from hanfeng.kernel.search.words import question

    from . import register

    user = register.reader()
    began = time.perf_counter()
    fill(count)
    filled = time.perf_counter() - began
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")
    asked = questions()
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["testserver"]
    reader = User.objects.get(pk=user.pk)

    def ours(text: str) -> list[str]:
        words = question(text)
        groups = find.find(reader, words)
        best = sorted((f for g in groups for f in g.found[:10]), reverse=True)[:10]
        return [
            f"{f.record}{'f' if f.file else ''}" for f, _hit in zip(best, find.draw(reader, best, words), strict=True)
        ]

    bare = _bare(asked, reader)
    usual = _usual(asked)
    client = Client()
    client.force_login(reader)

    def page(text: str) -> None:
        answer = client.get("/search/", {"q": text})
        if answer.status_code != 200:
            raise RuntimeError(answer.status_code)

    told = p95({"ours": ours, "bare": bare, "page": page, "usual": usual}, asked)
    return {**told, "top": {text: ours(text) for text in asked}, "filled": filled, "engine": connection.display_name}


def _bare(asked: list[str], reader: Any) -> Callable[[str], object]:
    """The statements of each question, made before, on a cursor of the driver's own: rows fetched, nothing else done."""
    from django.db import connection

    seen: dict[str, list[tuple[str, Any]]] = {}
    from hanfeng.kernel.search import find
    from hanfeng.kernel.search.words import question

    for text in asked:
        caught: list[tuple[str, Any]] = []

        def note(execute: Any, sql: str, params: Any, many: bool, context: Any, kept: Any = caught) -> Any:
            kept.append((sql, params))
            return execute(sql, params, many, context)

        words = question(text)
        with connection.execute_wrapper(note):
            find.find(reader, words)
        seen[text] = [(sql, params) for sql, params in caught if "search_" in sql]
    lite = connection.vendor == "sqlite"
    raw = connection.connection.cursor()

    def run(text: str) -> None:
        for sql, params in seen[text]:
            raw.execute(sql.replace("%s", "?") if lite else sql, params)
            raw.fetchall()

    return run


def _usual(asked: list[str]) -> Callable[[str], object]:
    """What one writes by hand: every position kept, phrases by position, all hits ranked by the database, the best ten."""
    from django.db import connection, transaction

    from hanfeng.kernel.search.models import Passage
    from hanfeng.kernel.search.words import question

    rows = Passage.objects.values_list("place", "title", "body").iterator(chunk_size=2000)
    lite = connection.vendor == "sqlite"
    with (
        transaction.atomic(),
        connection.cursor() as cursor,
    ):  # at once: each row by itself is a commit, and a WAL of many GB
        if lite:
            cursor.execute("CREATE VIRTUAL TABLE usual USING fts5 (title, body, content='', tokenize='ascii')")
        else:
            cursor.execute("CREATE TABLE usual (place bigint PRIMARY KEY, words tsvector)")
        block: list[Any] = []
        for place, title, body in rows:
            block.append((place, laid(title), laid(body)))
            if len(block) == 2000:
                _lay(cursor, block, lite=lite)
                block = []
        _lay(cursor, block, lite=lite)
        if not lite:
            cursor.execute("CREATE INDEX usual_words ON usual USING gin (words)")
            cursor.execute("ANALYZE usual")

    def run(text: str) -> list[Any]:
        words = question(text)
        with connection.cursor() as cursor:
            if lite:
                match = " AND ".join(f'"{" ".join(w.tokens)}"' for w in words)
                cursor.execute(
                    "SELECT rowid FROM usual WHERE usual MATCH %s ORDER BY bm25(usual, 4, 1) LIMIT 10", [match]
                )
            else:
                match = " & ".join("(" + " <-> ".join(f"'{t}'" for t in w.tokens) + ")" for w in words)
                cursor.execute(
                    "SELECT place FROM usual, (SELECT %s::tsquery AS q) q WHERE words @@ q "
                    "ORDER BY ts_rank(words, q) DESC LIMIT 10",
                    [match],
                )
            return list(cursor.fetchall())

    return run


def laid(form: str) -> str:
    """A plain form as the usual tables hold it: the bigrams of each run in order, then what else the index holds of it."""
    from hanfeng.kernel.search.words import tokens

    told = []
    for run in form.split():
        pairs = [run[at : at + 2] for at in range(len(run) - 1)] if run[0] > "\u3000" else [run]
        told += [*pairs, *(t for t in tokens(run) if t not in set(pairs))]
    return " ".join(told)


def _lay(cursor: Any, block: list[Any], *, lite: bool) -> None:
    if lite:
        cursor.executemany("INSERT INTO usual (rowid, title, body) VALUES (%s, %s, %s)", block)
        return
    laid = [
        (place, " ".join(f"{t}:{n + 1}" for n, t in enumerate(f"{title} {body}".split()[:16000])))
        for place, title, body in block
    ]
    cursor.executemany("INSERT INTO usual VALUES (%s, %s::tsvector)", laid)


def tantivy_side(count: int) -> dict[str, Any]:
    """tantivy with the same bigrams: title and body fields, phrases by position, BM25, the best ten."""
    import tantivy

    from hanfeng.kernel.search.words import plain, question

    schema = tantivy.SchemaBuilder()
    schema.add_integer_field("id", stored=True)
    for name in ("title", "body"):
        schema.add_text_field(name, tokenizer_name="whitespace")
    shape = schema.build()
    with tempfile.TemporaryDirectory() as folder:
        index = tantivy.Index(shape, path=folder)
        began = time.perf_counter()
        writer = index.writer(heap_size=128_000_000, num_threads=1)
        for n, (title, number, paragraphs) in enumerate(documents(count)):
            writer.add_document(tantivy.Document(id=n, title=laid(plain(title)), body=laid(plain(number))))
            for part in paragraphs:
                writer.add_document(tantivy.Document(id=n, body=laid(plain(part))))
        writer.commit()
        filled = time.perf_counter() - began
        index.reload()
        searcher = index.searcher()

        def run(text: str) -> list[Any]:
            parts = []
            for word in question(text):
                fields = []
                for name in ("title", "body"):
                    if len(word.tokens) == 1:
                        fields.append(tantivy.Query.term_query(shape, name, word.tokens[0]))
                    else:
                        fields.append(tantivy.Query.phrase_query(shape, name, list(word.tokens)))
                either = tantivy.Query.boolean_query([(tantivy.Occur.Should, q) for q in fields])
                parts.append((tantivy.Occur.Must, either))
            found = searcher.search(tantivy.Query.boolean_query(parts), 10)
            return [searcher.doc(address)["id"][0] for _score, address in found.hits]

        return {**p95({"tantivy": run}, questions()), "filled": filled}


@click.command()
@click.option("--documents", "count", default=100_000, show_default=True)
@click.option("--server", help="A PostgreSQL server to measure too.")
@click.option("--one", type=click.Choice(["database", "tantivy"]), help="Measure one in this process, print JSON.")
@click.option("--json", "target", type=click.Path(path_type=Path), help="Write the figures to this file too.")
def main(count: int, server: str | None, one: str | None, target: Path | None) -> None:
    """Measure each in a process of its own and print them side by side."""
    if one == "tantivy":
        click.echo(json.dumps(tantivy_side(count)))
        return
    if one:
        with own_site():
            click.echo(json.dumps(measured(count)))
        return
    sides = {"SQLite": _side("database", count, "")}
    if server:
        sides["PostgreSQL"] = _side("database", count, server)
    other = _side("tantivy", count, "")
    broken = _print(count, sides, other)
    if target:
        target.write_text(
            json.dumps({"documents": count, "sides": sides, "tantivy": other}, ensure_ascii=False, indent=1)
        )
    sys.exit(broken)


def _print(count: int, sides: dict[str, Any], other: dict[str, Any]) -> bool:
    def ms(pair: list[float]) -> str:
        return f"{pair[0] * 1000:.1f} ms (mean {pair[1] * 1000:.1f})"

    broken = False
    click.echo(f"{count:,} documents, {len(questions())} questions, 95th percentile:")
    for name, told in sides.items():
        ratio = told["ours"][0] / told["bare"][0]
        broken |= ratio > MOST_RATIO or told["page"][0] > MOST_PAGE
        click.echo(f"  {name}, filled in {told['filled']:.0f} s")
        click.echo(
            f"    ours {ms(told['ours'])}, the same statements bare {ms(told['bare'])}, ratio {ratio:.2f} (limit {MOST_RATIO})"
        )
        click.echo(
            f"    whole page {ms(told['page'])} (limit {MOST_PAGE * 1000:.0f} ms); the usual statement {ms(told['usual'])}"
        )
    click.echo(f"  tantivy: {ms(other['tantivy'])}, filled in {other['filled']:.0f} s")
    if len(sides) == 2:
        one, two = (told["top"] for told in sides.values())
        shares = [_alike(one[text], two[text]) for text in one]
        alike = sum(shares) / len(shares)
        broken |= alike < LEAST_ALIKE
        click.echo(f"  of the first ten both databases share {alike:.1f} on average (limit {LEAST_ALIKE:.0f})")
    return broken


def _alike(one: list[str], two: list[str]) -> float:
    """How many of ten: of fewer results, their share."""
    most = max(len(one), len(two))
    return 10 * len(set(one) & set(two)) / most if most else 10.0


def _side(name: str, count: int, server: str) -> dict[str, Any]:
    env = {k: v for k, v in os.environ.items() if k != "HANFENG_DATABASE"}
    if server:
        env["HANFENG_DATABASE"] = server
    command = [sys.executable, "-m", "benchmarks.search", "--one", name, "--documents", str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    if done.returncode:
        raise click.ClickException(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
