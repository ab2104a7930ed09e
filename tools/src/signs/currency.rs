//! Money: signs and codes of currencies beside an amount.

use super::facts::Facts;
use super::reading::{Line, Reading};
use super::shares::Shares;
use crate::evidence::Finding;

/// A sign as it is printed, the ISO 4217 codes that it stands for, and how little it says on a clear sign.
const SIGNS: &[(&str, &str, f64)] = &[
    ("NT$", "TWD", 0.12),
    ("HK$", "HKD", 0.12),
    ("R$", "BRL", 0.12),
    ("S$", "SGD", 0.2),
    ("A$", "AUD", 0.3),
    ("C$", "CAD NIO", 0.3),
    ("US$", "USD", 0.7),
    ("RD$", "DOP", 0.12),
    ("Bs", "BOB VES", 0.4),
    ("S/", "PEN", 0.4),
    ("€", "EUR", 0.2),
    ("£", "GBP GIP FKP SHP", 0.15),
    ("₹", "INR", 0.12),
    ("₺", "TRY", 0.12),
    ("₽", "RUB", 0.15),
    ("₴", "UAH", 0.12),
    ("₩", "KRW", 0.12),
    ("¥", "JPY CNY", 0.3),
    ("￥", "JPY CNY", 0.3),
    ("฿", "THB", 0.15),
    ("₫", "VND", 0.12),
    ("₪", "ILS", 0.12),
    ("₱", "PHP", 0.12),
    ("₦", "NGN", 0.12),
    ("₡", "CRC", 0.12),
    ("₲", "PYG", 0.12),
    ("₸", "KZT", 0.12),
    ("₾", "GEL", 0.12),
    ("₼", "AZN", 0.12),
    ("₮", "MNT", 0.12),
    ("₭", "LAK", 0.12),
    ("₵", "GHS", 0.12),
    ("៛", "KHR", 0.12),
    ("৳", "BDT", 0.12),
    ("円", "JPY", 0.15),
    ("元", "CNY TWD", 0.3),
    ("원", "KRW", 0.15),
    ("บาท", "THB", 0.15),
    ("zł", "PLN", 0.12),
    ("zl", "PLN", 0.3),
    ("Kč", "CZK", 0.12),
    ("Kc", "CZK", 0.3),
    ("Ft", "HUF", 0.35),
    ("kr", "SEK NOK DKK ISK", 0.3),
    ("lei", "RON MDL", 0.25),
    ("лв", "BGN", 0.15),
    ("руб", "RUB BYN", 0.2),
    ("грн", "UAH", 0.12),
    ("дин", "RSD", 0.2),
    ("din", "RSD DZD TND", 0.5),
    ("тг", "KZT", 0.2),
    ("RM", "MYR", 0.25),
    ("Rp", "IDR", 0.2),
    ("Rs", "INR PKR NPR LKR MUR", 0.25),
    ("KSh", "KES", 0.12),
    ("Ksh", "KES", 0.12),
    ("TSh", "TZS", 0.12),
    ("USh", "UGX", 0.12),
    ("CHF", "CHF", 0.15),
    ("FCFA", "XOF XAF", 0.12),
    ("CFA", "XOF XAF", 0.15),
    ("DH", "MAD AED", 0.35),
    ("MDH", "MAD", 0.3),
    ("QR", "QAR", 0.6),
    ("SR", "SAR", 0.6),
    ("TL", "TRY", 0.35),
    ("$", "USD CAD AUD NZD MXN ARS CLP COP UYU SGD HKD TWD BSD BBD BZD JMD TTD", 0.55),
];

/// Codes of three letters that are seldom anything else beside a number.
const CODES: &str = "EUR GBP USD CHF PLN CZK HUF RON BGN SEK NOK DKK ISK TRY RUB UAH JPY CNY KRW INR THB VND IDR MYR SGD PHP AUD NZD CAD MXN BRL ARS CLP COP PEN ZAR EGP MAD AED SAR QAR KWD ILS JOD KES TZS UGX NGN GHS XOF XAF BAM MKD RSD ALL GEL AMD AZN KZT UZS";

/// One finding per line with money; a board with many currencies is an exchange and says nothing.
pub(crate) fn find(reading: &Reading) -> Vec<Finding> {
    let found: Vec<_> = reading.lines.iter().filter_map(|l| Some((l, money(l)?))).collect();
    let mut kinds: Vec<&str> = found.iter().map(|(_, m)| m.codes).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let exchange = kinds.len() >= 3;
    let mut out = Vec::new();
    for (line, money) in &found {
        let mut shares = Shares::default();
        for (code, country) in Facts::embedded().countries() {
            let first = country.currencies.first().is_some_and(|c| money.codes.contains(c.as_str()));
            if first || country.currencies.iter().any(|c| money.codes.contains(c.as_str())) {
                shares.raise(code, if first { 1.0 } else { 0.6 });
            }
        }
        let background = if exchange { 0.92 } else { money.background };
        let claim = format!("'{}' beside an amount is money of {}.", money.sign, shares.in_words(4));
        if !shares.is_empty() {
            out.extend(line.finding("currency", claim, shares.likelihood(line.background(background))));
        }
    }
    out
}

struct Money {
    sign: &'static str,
    codes: &'static str,
    background: f64,
}

fn money(line: &Line) -> Option<Money> {
    for (sign, codes, background) in SIGNS {
        if beside_amount(&line.text, sign) {
            return Some(Money { sign, codes, background: *background });
        }
    }
    CODES.split(' ').find(|code| beside_amount(&line.text, code)).map(|code| Money {
        sign: code,
        codes: code,
        background: 0.4,
    })
}

/// Whether a sign stands directly before or after a number, with at most one space, and is no part of a word.
fn beside_amount(text: &str, sign: &str) -> bool {
    let worded = |s: &str| s.chars().all(|c| c.is_ascii_alphabetic());
    text.match_indices(sign).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + sign.len()..]);
        let left = before.chars().next_back();
        let right = after.chars().next();
        let free_left = !left.is_some_and(char::is_alphabetic);
        let free_right = !right.is_some_and(char::is_alphabetic);
        if !(free_left && (free_right || !worded(sign))) {
            return false;
        }
        let digit_right = after.trim_start_matches(['.', ' ']).starts_with(|c: char| c.is_ascii_digit());
        let digit_left = before.trim_end_matches([' ', '-', ',']).ends_with(|c: char| c.is_ascii_digit());
        (digit_right && after.len() - after.trim_start().len() <= 1) || digit_left
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::reading::{background_of, reading_of, share_of};

    #[test]
    fn signs_beside_amounts_name_the_countries_of_the_money() {
        let found = find(&reading_of(&["MAX PENALTY £500", "12,90 zł"]));
        assert!(share_of(&found[0], "GB") >= 1.0 && background_of(&found[0]) < 0.3);
        assert!(share_of(&found[1], "PL") >= 1.0);
        let euro = find(&reading_of(&["Cappuccino 2,50 €"]));
        assert!(share_of(&euro[0], "DE") >= 1.0 && share_of(&euro[0], "CH") < 0.7);
    }

    #[test]
    fn words_and_exchange_boards_are_no_evidence() {
        assert!(find(&reading_of(&["Kraft 12", "20 lesson", "Rseven 7"])).is_empty());
        let board = find(&reading_of(&["EUR 4,31", "USD 3,98", "GBP 5,02"]));
        assert!(board.iter().all(|f| background_of(f) > 0.9));
    }
}
