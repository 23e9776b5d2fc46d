"""A landing page as the source of a React component.

Knows blocks and TypeScript; all text stands in one JSON constant, so none of it can be code.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOT_NAME: Final = re.compile(r"[^A-Za-z0-9]+")
_SOURCE: Final = """import * as React from "react";

type Product = {
  sku: string;
  name: string;
  brand: string;
  price: string;
  rating: number | null;
  image: string;
  text: string;
  relevance: number;
};

type Block =
  | { type: "hero"; title: string; text: string }
  | { type: "products"; title: string; items: Product[] }
  | { type: "comparison"; title: string; columns: string[]; items: string[][] }
  | { type: "questions"; title: string; items: { question: string; answer: string }[] };

const title: string = TITLE;

const blocks: Block[] = BLOCKS;

function Card({ product }: { product: Product }) {
  return (
    <li id={product.sku} className="card">
      {product.image ? <img src={product.image} alt={product.name} loading="lazy" /> : null}
      {product.brand ? <span className="brand">{product.brand}</span> : null}
      <h3>{product.name}</h3>
      {product.price ? <p className="price">{product.price}</p> : null}
      {product.rating !== null ? <p className="rating">★ {product.rating}</p> : null}
      {product.text ? <p>{product.text}</p> : null}
    </li>
  );
}

function Section({ block }: { block: Block }) {
  switch (block.type) {
    case "hero":
      return (
        <header>
          <h1>{block.title}</h1>
          <p className="lead">{block.text}</p>
        </header>
      );
    case "products":
      return (
        <section>
          <h2>{block.title}</h2>
          <ul className="grid">
            {block.items.map((product) => (
              <Card key={product.sku} product={product} />
            ))}
          </ul>
        </section>
      );
    case "comparison":
      return (
        <section>
          <h2>{block.title}</h2>
          <table>
            <thead>
              <tr>
                {block.columns.map((column) => (
                  <th key={column} scope="col">{column}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {block.items.map((row, at) => (
                <tr key={at}>
                  {row.map((cell, place) => (
                    <td key={place}>{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      );
    case "questions":
      return (
        <section>
          <h2>{block.title}</h2>
          {block.items.map((item) => (
            <details key={item.question} open>
              <summary>{item.question}</summary>
              <p>{item.answer}</p>
            </details>
          ))}
        </section>
      );
  }
}

export default function COMPONENT() {
  return (
    <main aria-label={title}>
      {blocks.map((block, at) => (
        <Section key={at} block={block} />
      ))}
    </main>
  );
}
"""


def tsx(page: Mapping[str, Any]) -> str:
    """The source of a page: its `slug`, `title` and `blocks`."""
    before, middle, behind = re.split("TITLE|BLOCKS", _SOURCE)
    code = behind.replace("COMPONENT", _component(page["slug"]))
    return f"{before}{_literal(page['title'])}{middle}{_literal(page['blocks'])}{code}"


def _component(slug: str) -> str:
    """A name React takes: it begins with a capital."""
    name = "".join(word[:1].upper() + word[1:] for word in _NOT_NAME.split(slug))
    return f"{name}Page" if name[:1].isalpha() else f"Page{name}"


def _literal(value: Any) -> str:
    """JSON is TypeScript, but for two line separators older readers stumble over."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("</", "<\\/")
