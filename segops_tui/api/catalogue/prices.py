"""Prices as people write them: `1.299,00 €`, `$1,299.00`, `CHF 1'200.20`, `1 299`.

One table for the client's check, its comparison with the catalogue, and the sandbox.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_ISO_4217: Final = """
    COD AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN
    BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP
    GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS
    KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR
    MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF
    SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD
    TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL
"""
_CODES: Final = frozenset(_ISO_4217.split())
_MARKS: Final = {
    "€": "EUR", "Euro": "EUR", "euro": "EUR", "eur": "EUR", "Eur": "EUR",
    "£": "GBP", "US$": "USD", "USD$": "USD", "usd": "USD", "A$": "AUD", "AU$": "AUD", "C$": "CAD",
    "CA$": "CAD", "NZ$": "NZD", "HK$": "HKD", "S$": "SGD", "MX$": "MXN", "R$": "BRL", "NT$": "TWD",
    "Fr.": "CHF", "SFr.": "CHF", "zł": "PLN", "Kč": "CZK", "Ft": "HUF", "₽": "RUB", "руб.": "RUB",
    "₩": "KRW", "₹": "INR", "₺": "TRY", "₴": "UAH", "₪": "ILS", "₦": "NGN", "₫": "VND", "₱": "PHP",
    "฿": "THB", "лв": "BGN", "лв.": "BGN", "₸": "KZT", "₡": "CRC", "₵": "GHS", "₼": "AZN",
    "₾": "GEL", "円": "JPY", "元": "CNY", "원": "KRW",
}  # fmt: skip
_SHARED: Final = {
    "$": ("USD", "CAD", "AUD", "NZD", "HKD", "SGD", "MXN", "TWD", "CLP", "COP", "ARS"),
    "¥": ("JPY", "CNY"),
    "kr": ("", "SEK", "NOK", "DKK", "ISK"),
    "kr.": ("", "DKK", "SEK", "NOK", "ISK"),
    "Rs": ("", "INR", "PKR", "LKR", "NPR", "MUR"),
    "Rs.": ("", "INR", "PKR", "LKR", "NPR", "MUR"),
}
"""Marks of several currencies, the usual one first; "" where there is no usual one."""
_MOST_DIGITS: Final = 15
"""More significant digits do not survive as a JSON number."""
_SPACES: Final = re.compile("[\u00a0\u202f\u2007\u2009]")
_APOSTROPHES: Final = re.compile("[’‘ʼ`´]")
_WRITTEN: Final = re.compile(
    r"(?P<sign>[+−-]?)\s*(?P<before>(?:[^\d\s.,+−'-][^\d\s,+−'-]{0,4})?)\s*(?P<inner>[+−-]?)\s*"
    r"(?P<digits>[.,]?\d(?:[\d.,' ]*\d)?)(?P<dash>,-{1,2}|,–|,—|\.-{1,2}|\.–)?"
    r"\s*(?P<after>[^\d\s,+−'-]{0,5})"
)
_GROUPED: Final = re.compile(
    r"(?P<whole>\d{1,3}(?:,\d{3})+)(?:\.(?P<a>\d+))?"
    r"|(?P<dotted>\d{1,3}(?:\.\d{3})+),(?P<b>\d+)"
    r"|(?P<many>\d{1,3}(?:\.\d{3}){2,})"
    r"|(?P<spaced>\d{1,3}(?:[ ]\d{3})+|\d{1,3}(?:'\d{3})+)(?:[.,](?P<c>\d+))?"
    r"|(?P<lakh>\d{1,2}(?:,\d{2})+,\d{3})(?:\.(?P<d>\d+))?"
)
_PLAIN: Final = re.compile(r"(\d*)(?:[.,](\d+))?")
_EASY: Final = re.compile(r"-?(?:0|[1-9]\d{0,11})(?:\.\d{1,3})?")


_DIGITS: Final = (
    r"(?:\d{1,12}+(?:[.,]\d{1,2}(?!\d))?+"
    r"(?![\d.,' \u00a0\u202f]\d)"
    r"|[1-9]\d{0,2}(?:\.\d{3}){1,3}+,\d{1,2}|[1-9]\d{0,2}(?:,\d{3}){1,3}+\.\d{1,2}"
    r"|[1-9]\d{0,2}(?:[ \u00a0\u202f]\d{3}){1,3}+(?:[.,]\d{1,2})?"
    r"|[1-9]\d{0,2}(?:'\d{3}){1,3}+(?:[.,]\d{1,2})?|[1-9]\d{0,2}[.,]\d{3})"
)
_MARK: Final = r"(?:[€$£]|EUR|USD|GBP|CHF|SEK|PLN|CZK|NOK|DKK)"
_WITH_MARK: Final = rf"(?:{_MARK} ?{_DIGITS}|{_DIGITS}[ \u00a0]?{_MARK})"
_USUAL: Final = re.compile(rf"(?:(?:{_DIGITS}|{_WITH_MARK})?\n)*+", re.ASCII)
_USUAL_WITH_MARK: Final = re.compile(rf"(?:{_WITH_MARK}?\n)*+", re.ASCII)


def are_usual_prices(lines: str, *, with_currency: bool = False) -> bool:
    """Whether every line, each with its end, is a price in one of the usual spellings, or empty.

    One match of many prices; False does not mean that one of them is none.
    """
    return (_USUAL_WITH_MARK if with_currency else _USUAL).fullmatch(lines) is not None


@dataclass(frozen=True, slots=True)
class ParsedPrice:
    """An amount as a plain decimal number, and its currency if it is known."""

    amount: str
    currency: str = ""

    @property
    def number(self) -> int | float:
        """The amount as a number."""
        number = float(self.amount)
        return int(number) if number.is_integer() else number


def parse_price(text: str, *, default: str = "") -> ParsedPrice | None:
    """Read a price, or None if it is not one.

    `default` is the currency of the catalogue, if it is known: a mark that several currencies share
    (`$`, `kr`) means it if it can. A mark without a usual meaning is then no price otherwise.
    """
    text = text.strip()
    if _EASY.fullmatch(text):
        return ParsedPrice(text)
    text = _APOSTROPHES.sub("'", _SPACES.sub(" ", text))
    match = _WRITTEN.fullmatch(text)
    if match is None or (match["before"] and match["after"]) or (match["sign"] and match["inner"]):
        return None
    currency = _currency(match["before"] or match["after"], default)
    amount = _amount(match["digits"], is_whole=match["dash"] is not None)
    if amount is None or currency is None:
        return None
    is_negative = (match["sign"] or match["inner"]) in {"-", "−"}
    return ParsedPrice(f"-{amount}" if is_negative else amount, currency)


def is_price_with_currency(text: str) -> bool:
    """Whether it is a price that names its currency."""
    price = parse_price(text)
    return price is not None and bool(price.currency)


def _currency(mark: str, default: str) -> str | None:
    """The code that a mark means; "" if there is no mark or it is not known, None if it is none."""
    if not mark:
        return ""
    if mark in _CODES:
        return mark
    if mark in _MARKS:
        return _MARKS[mark]
    shared = _SHARED.get(mark)
    if shared is None:
        return None
    if default in shared:
        return default
    return shared[0] if shared[0] or not default else None


def _amount(digits: str, *, is_whole: bool) -> str | None:
    """The number as `1299.00`; None if its marks make no sense."""
    grouped = _GROUPED.fullmatch(digits)
    if grouped is not None and not digits.startswith("0"):
        found = {name: value for name, value in grouped.groupdict().items() if value}
        fraction = "".join(found.pop(name, "") for name in "abcd")
        whole = re.sub(r"[ .,']", "", "".join(found.values()))
    elif is_whole and re.fullmatch(r"\d{1,3}\.\d{3}", digits):
        whole, fraction = digits.replace(".", ""), ""
    else:
        plain = _PLAIN.fullmatch(digits)
        if plain is None:
            return None
        whole, fraction = plain[1] or "0", plain[2] or ""
    if is_whole and fraction:
        return None
    whole = whole.lstrip("0") or "0"
    if len((whole + fraction).strip("0")) > _MOST_DIGITS:
        return None
    return f"{whole}.{fraction}" if fraction else whole
