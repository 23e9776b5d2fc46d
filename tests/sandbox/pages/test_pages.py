"""Landing pages: what they are made of, their life, and their files (contract §8.2)."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from segops_tui.sandbox.core.app import Call, Sandbox
from segops_tui.sandbox.pages.exports import tsx

PAGES = "/api/ai-pages/pages/"
NASTY = '<script>alert("x")</script> & "quotes" {braces} ${code} `ticks` </script> \u2028 end'
GPTBOT = "Mozilla/5.0 AppleWebKit/537.36; compatible; GPTBot/1.1; +https://openai.com/gptbot"


@pytest.fixture
def shop(ask):
    """Three boots and a sock."""
    for number, price in enumerate((140, 190, 90), 1):
        data = {
            "brand": "Tarnwater",
            "price": {"amount": price, "currency": "USD"},
            "rating": 3 + number / 2,
            "description": "A boot for loads and bad weather.",
            "image": f"https://img.example.com/{number}.jpg",
        }
        body = {"sku": f"B-{number}", "name": f"Boot {number}", "data": data}
        ask.ok("POST", "/api/pim/products/", body)
    ask.ok("POST", "/api/pim/products/", {"sku": "S-1", "name": "Sock"})
    return ask


def built(ask, **body):
    made = ask.ok("POST", PAGES, {"slug": "boots", "query": "best boots?", **body})
    ask.ok("POST", f"{PAGES}{made['id']}/build/", {})
    ask.sandbox.settle()
    return ask.ok("GET", f"{PAGES}{made['id']}/")


def exported(ask, page_id, form):
    job = ask.ok("POST", f"{PAGES}{page_id}/export/", {"format": form})
    ask.sandbox.settle()
    done = ask.ok("GET", f"{PAGES}{page_id}/export/?export_id={job['id']}")
    answer = ask("GET", done["download_url"])
    assert answer.status == 200
    return answer.file.read_text(encoding="utf-8")


def visit(ask, slug="boots", tenant="sandbox", agent="Mozilla/5.0", method="GET"):
    return ask(method, f"/api/ai-pages/public/pages/{tenant}/{slug}/", user_agent=agent)


def state(ask, page_id=1):
    page = ask.ok("GET", f"{PAGES}{page_id}/")
    return page["builder_status"], page["published"]


class Document(HTMLParser):
    """Collects the tags that are open, the scripts, and every attribute."""

    def __init__(self, text):
        super().__init__()
        self.open, self.scripts, self.attributes, self.words = [], [], [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.attributes += attrs
        if tag == "script":
            self.scripts.append(dict(attrs).get("type"))
        if tag not in {"meta", "img"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in {"script", "style"}:
            self.words += data


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "slug"),
        ({"slug": "no spaces"}, "slug"),
        ({"slug": "a/b"}, "slug"),
        ({"slug": "a\n"}, None),
        ({"slug": "x", "query": 99}, "query"),
        ({"slug": "x", "query": True}, "query"),
        ({"slug": "x", "query": {}}, "query"),
        ({"slug": "x", "query": "9" * 30}, "query"),
        ({"slug": "x", "query": "q" * 1001}, "query"),
        ({"slug": "x", "published": "yes"}, "published"),
    ],
)
def test_a_bad_field_is_named(ask, body, field):
    answer = ask("POST", PAGES, body)

    if field is None:
        assert json.loads(answer.body)["slug"] == "a"
    else:
        assert (answer.status, [*json.loads(answer.body)]) == (400, [field])


def test_an_address_is_taken_once(ask):
    ask.ok("POST", PAGES, {"slug": "a"})
    ask.ok("POST", PAGES, {"slug": "b"})

    assert ask("POST", PAGES, {"slug": "a"}).status == 400
    assert json.loads(ask("PATCH", f"{PAGES}2/", {"slug": "a"}).body) == {
        "slug": ["page with this slug already exists."]
    }


def test_a_title_is_the_one_given_or_the_question_or_the_address(ask):
    asked = ask.ok("POST", "/api/ai-reach/queries/", {"query_text": "best boots?"})

    titles = [
        ask.ok("POST", PAGES, {"slug": f"p{number}", **body})["title"]
        for number, body in enumerate(
            [{"title": "Boots", "query": asked["id"]}, {"query": 1}, {"query": "1"}, {}]
        )
    ]
    texts = ask.ok("POST", PAGES, {"slug": "text", "query": "any text"})

    assert titles == ["Boots", "best boots?", "best boots?", "p3"]
    assert (texts["query"], texts["title"]) == (None, "any text")


def test_the_list_is_a_bare_array_of_light_pages(shop):
    built(shop)

    (listed,) = shop.ok("GET", PAGES)

    assert {"intro_copy", "product_skus", "builder_error"}.isdisjoint(listed)
    assert (listed["slug"], listed["builder_status"]) == ("boots", "built")


def test_a_page_goes_from_draft_over_building_to_built_and_published(shop, clock):
    shop.ok("POST", PAGES, {"slug": "boots"})
    seen = [state(shop)]
    shop.ok("POST", f"{PAGES}1/build/", {"template": "default"})
    seen.append(state(shop))
    clock.advance(2)
    seen.append(state(shop))
    shop.ok("POST", f"{PAGES}1/publish/")
    seen.append(state(shop))

    assert seen == [
        ("draft", False),
        ("building", False),
        ("built", False),
        ("published", True),
    ]


def test_what_is_not_built_cannot_be_published_or_exported(shop):
    shop.ok("POST", PAGES, {"slug": "boots"})

    for verb in ("publish", "export"):
        answer = shop("POST", f"{PAGES}1/{verb}/")
        assert (answer.status, json.loads(answer.body)) == (
            400,
            {"detail": "Page has not been built."},
        )


def test_the_published_flag_moves_a_built_page_and_no_other(shop):
    shop.ok("POST", PAGES, {"slug": "draft"})
    built(shop)

    shop.ok("PATCH", f"{PAGES}1/", {"published": True})
    shop.ok("PATCH", f"{PAGES}2/", {"published": True})
    after = [state(shop, 1), state(shop, 2)]
    shop.ok("PATCH", f"{PAGES}2/", {"published": False})

    assert after == [("draft", True), ("published", True)]
    assert state(shop, 2) == ("built", False)


def test_a_page_tells_of_the_products_that_answer_it(shop):
    page = built(shop)

    assert page["product_skus"] == ["B-1", "B-2", "B-3"]
    assert page["title"] == "Best boots: the My Store guide"
    assert "from $90.00 to $190.00" in page["intro_copy"]
    assert "Boot 3, at 4.5 out of 5" in page["intro_copy"]


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("What are the best boots?", "Best boots"),
        ("Which boot is warmest?", "Which boot is warmest"),
        ("What boot should I buy for Scotland?", "Boot for Scotland"),
        ("I need a boot", "Boot"),
        ("boot", "Boot"),
        ("boot " * 60, None),
    ],
)
def test_a_title_is_what_the_question_is_about(shop, question, title):
    made = built(shop, query=question)["title"]

    assert made.endswith(": the My Store guide")
    assert len(made) <= 120
    assert title is None or made.removesuffix(": the My Store guide") == title


def test_a_title_somebody_chose_survives_the_build(shop):
    page = built(shop, title="Boots we love")

    assert page["title"] == "Boots we love"
    assert "<h1>Boots we love</h1>" in exported(shop, 1, "html")


def test_a_question_nothing_answers_fails_with_a_reason(shop):
    page = built(shop, query="submarines")

    assert page["builder_status"] == "failed"
    assert page["builder_error"] == "No product answers “submarines”."


def test_regenerating_follows_the_catalogue_and_the_question(shop):
    shop.ok("POST", "/api/ai-reach/queries/", {"query_text": "boots"})
    built(shop, query=1)
    shop("DELETE", "/api/pim/products/1/")

    assert shop.ok("POST", f"{PAGES}1/regenerate/") == {"status": "queued"}
    assert state(shop)[0] == "building"
    shop.sandbox.settle()
    assert shop.ok("GET", f"{PAGES}1/")["product_skus"] == ["B-2", "B-3"]
    shop.ok("PATCH", "/api/ai-reach/queries/1/", {"query_text": "sock"})
    shop.ok("POST", f"{PAGES}1/regenerate/")
    shop.sandbox.settle()
    assert shop.ok("GET", f"{PAGES}1/")["product_skus"] == ["S-1"]


def test_a_published_page_stays_public_while_it_is_written_anew(shop):
    built(shop, published=True)
    shop.ok("POST", f"{PAGES}1/regenerate/")

    during = visit(shop).status
    shop.sandbox.settle()

    assert (during, state(shop)) == (200, ("published", True))


def test_bulk_makes_a_page_for_every_active_question_once(shop):
    for text, is_active in (("best boots?", True), ("warm sock", True), ("paused", False)):
        body = {"query_text": text, "is_active": is_active}
        shop.ok("POST", "/api/ai-reach/queries/", body)

    for _ in range(2):
        answer = shop.ok("POST", f"{PAGES}bulk-generate/")
        shop.sandbox.settle()

    pages = shop.ok("GET", PAGES)
    assert answer["status"] == "queued"
    assert answer["job_id"]
    assert [(p["slug"], p["query"], p["builder_status"]) for p in pages] == [
        ("best-boots", 1, "built"),
        ("warm-sock", 2, "built"),
    ]


def test_bulk_takes_texts_and_gives_each_an_address_of_its_own(shop):
    shop.ok(
        "POST", f"{PAGES}bulk-generate/", {"queries": ["Boot!", "boot", "冬靴"], "segment_id": 3}
    )
    shop.sandbox.settle()

    assert [p["slug"] for p in shop.ok("GET", PAGES)] == ["boot", "boot-2", "page"]
    assert shop("POST", f"{PAGES}bulk-generate/", {"queries": []}).status == 400
    assert shop("POST", f"{PAGES}bulk-generate/", {"queries": [7]}).status == 400


def test_a_visit_is_counted_and_a_crawler_noted(shop, clock):
    built(shop)
    assert visit(shop).status == 404
    shop.ok("POST", f"{PAGES}1/publish/")

    visit(shop)
    between = shop.ok("GET", f"{PAGES}1/")
    clock.advance(60)
    seen = json.loads(visit(shop, agent=GPTBOT).body)
    visit(shop, method="HEAD")

    after = shop.ok("GET", f"{PAGES}1/")
    assert (between["view_count"], between["last_ai_crawl_at"]) == (1, None)
    assert (seen["view_count"], after["view_count"]) == (2, 2)
    assert after["last_ai_crawl_at"] == "2026-06-01T12:01:00Z"
    assert after["updated_at"] == between["updated_at"]
    assert seen["intro_copy"]


@pytest.mark.parametrize(
    "agent",
    [
        "ClaudeBot/1.0",
        "Mozilla/5.0 (compatible; PerplexityBot/1.0)",
        "Google-Extended",
        "CCBot/2.0",
    ],
)
def test_the_crawlers_of_assistants_are_known(shop, agent):
    built(shop, published=True)

    assert json.loads(visit(shop, agent=agent).body)["last_ai_crawl_at"] is not None


def test_a_visitor_sees_only_what_is_published_and_says_something(shop):
    shop.ok("POST", PAGES, {"slug": "empty", "published": True})
    built(shop)

    assert visit(shop, "empty").status == 404
    assert visit(shop, "boots").status == 404
    assert visit(shop, "nothing").status == 404
    shop.ok("POST", f"{PAGES}2/publish/")
    assert visit(shop, "boots", tenant="someone-else").status == 404
    assert visit(shop, "boots").status == 200


def test_a_visitor_needs_no_key_and_everybody_else_does(shop, sandbox_path, clock):
    built(shop, published=True)

    with Sandbox(sandbox_path, clock=clock, keys=frozenset({"sk_test_1"})) as keyed:
        public = keyed.answer(Call("GET", "/api/ai-pages/public/pages/sandbox/boots/"))
        headed = keyed.answer(Call("HEAD", "/api/ai-pages/public/pages/sandbox/boots/"))
        posted = keyed.answer(Call("POST", "/api/ai-pages/public/pages/sandbox/boots/"))
        private = keyed.answer(Call("GET", PAGES))

    assert (public.status, headed.status) == (200, 200)
    assert (posted.status, private.status) == (401, 401)


def test_an_export_is_a_file_for_an_hour(shop, clock):
    built(shop)
    job = shop.ok("POST", f"{PAGES}1/export/")
    assert (job["format"], job["status"], job["download_url"]) == ("html", "pending", None)
    shop.sandbox.settle()
    link = shop.ok("GET", f"{PAGES}1/export/?export_id={job['id']}")["download_url"]

    in_time = shop("GET", link)
    clock.advance(hours=1)
    late = shop("GET", link)

    assert in_time.headers["content-disposition"] == 'attachment; filename="boots.html"'
    assert int(in_time.headers["content-length"]) == in_time.file.stat().st_size
    assert late.status == 410
    shop.ok("POST", f"{PAGES}1/export/")
    assert not in_time.file.exists()


def test_an_export_is_asked_for_by_its_own_page(shop):
    built(shop)
    other = shop.ok("POST", PAGES, {"slug": "other"})
    job = shop.ok("POST", f"{PAGES}1/export/")

    asked = [
        shop("GET", f"{PAGES}{other['id']}/export/?export_id={job['id']}").status,
        shop("GET", f"{PAGES}1/export/").status,
        shop("GET", f"{PAGES}1/export/?export_id=x").status,
        shop("GET", f"{PAGES}1/export/?export_id=99").status,
        shop("GET", f"/api/ai-pages/exports/{job['id']}/download/").status,
        shop("POST", f"{PAGES}1/export/", {"format": "pdf"}).status,
    ]

    assert asked == [404, 400, 400, 404, 404, 400]


def test_deleting_a_page_takes_its_work_and_its_files_along(shop):
    built(shop)
    exported(shop, 1, "html")
    shop.ok("POST", f"{PAGES}1/export/")
    shop.ok("POST", f"{PAGES}1/regenerate/")

    assert shop("DELETE", f"{PAGES}1/").status == 204
    shop.sandbox.settle()

    assert [*shop.sandbox.store.folder.iterdir()] == []
    assert not shop.sandbox.tick()


def test_a_page_outlives_its_question(shop):
    shop.ok("POST", "/api/ai-reach/queries/", {"query_text": "boots"})
    built(shop, query=1)

    shop("DELETE", "/api/ai-reach/queries/1/")

    page = shop.ok("GET", f"{PAGES}1/")
    assert (page["query"], page["product_skus"]) == (None, ["B-1", "B-2", "B-3"])


def test_html_is_one_whole_document_with_its_style_inside(shop):
    built(shop)

    text = exported(shop, 1, "html")
    document = Document(text)

    assert text.startswith("<!doctype html>")
    assert document.open == []
    assert "<style>" in text
    assert not re.search(r"<link|@import|url\(", text)
    assert [value for name, value in document.attributes if name == "src"] == [
        f"https://img.example.com/{number}.jpg" for number in (1, 2, 3)
    ]
    assert all(words in document.words for words in ("Boot 1", "$140.00", "Tarnwater", "4.5 / 5"))


def test_no_text_of_anybody_becomes_markup_or_code(shop):
    """A product's name, its text and its picture, and the page's title."""
    data = {"brand": NASTY, "description": NASTY, "image": "javascript:alert(1)"}
    shop.ok("POST", "/api/pim/products/", {"sku": '"><b>', "name": f"Hat {NASTY}", "data": data})
    page = built(shop, query=f"hat {NASTY}", title=f"Hat {NASTY}")
    assert page["builder_status"] == "built"

    document = Document(exported(shop, 1, "html"))

    assert document.open == []
    assert document.scripts == ["application/ld+json"]
    assert "javascript" not in " ".join(str(value) for _, value in document.attributes)
    assert '<script>alert("x")</script> & "quotes"' in document.words
    source = exported(shop, 1, "tsx")
    assert "</script>" not in source


def test_json_is_the_blocks_as_they_are(shop):
    built(shop)

    page = json.loads(exported(shop, 1, "json"))

    assert page["slug"] == "boots"
    assert [block["type"] for block in page["blocks"]] == [
        "hero",
        "products",
        "comparison",
        "questions",
    ]
    assert page["blocks"][1]["items"][0]["price"] == "$140.00"
    answers = {item["question"]: item["answer"] for item in page["blocks"][3]["items"]}
    assert answers["Which one costs the least?"] == "Boot 3 (B-3), at $90.00."


@pytest.mark.parametrize(
    ("slug", "name"), [("boots", "BootsPage"), ("2-person_tent", "Page2PersonTent"), ("-", "Page")]
)
def test_tsx_is_a_component_whose_text_is_data(slug, name):
    page = {"slug": slug, "title": NASTY, "blocks": [{"type": "hero", "title": "T", "text": NASTY}]}

    source = tsx(page)

    assert f"export default function {name}()" in source
    assert "\u2028" not in source
    title = source.split("const title: string = ")[1].split(";\n")[0]
    blocks = source.split("const blocks: Block[] = ")[1].split(";\n\nfunction")[0]
    assert json.loads(title) == NASTY
    assert json.loads(blocks) == page["blocks"]
    for pair in ("{}", "()", "[]"):
        code = source.replace(blocks, "").replace(title, "")
        assert code.count(pair[0]) == code.count(pair[1])
