use super::*;

const HOSTILE: &str = "<b>&\" style='x'";

/// What follows the name of every tag with this name, up to the next tag.
fn tags<'s>(svg: &'s str, tag: &str) -> Vec<&'s str> {
    svg.split('<').filter_map(|part| part.strip_prefix(tag)?.strip_prefix(' ')).collect()
}

fn attribute<'s>(tag: &'s str, name: &str) -> &'s str {
    let (_, value) = tag.split_once(&format!("{name}=\"")).expect("the tag has this attribute");
    value.split('"').next().expect("a split has a first part")
}

fn attribute_px(tag: &str, name: &str) -> f64 {
    attribute(tag, name).parse().expect("a number")
}

/// The points of the curve in the colour with this number, without its line in the legend.
fn curve(svg: &str, i: usize) -> Vec<(f64, f64)> {
    let RGBColor(red, green, blue) = colour(i);
    let stroke = format!("#{red:02X}{green:02X}{blue:02X}");
    let mut lines = tags(svg, "polyline").into_iter().filter(|tag| attribute(tag, "stroke") == stroke);
    let points = attribute(lines.next_back().expect("a curve has this colour"), "points").split(' ');
    let number = |text: &str| text.parse::<f64>().expect("a number");
    points.filter_map(|point| point.split_once(',')).map(|(x, y)| (number(x), number(y))).collect()
}

/// Where the tick or guide with this text is.
fn place(svg: &str, text: &str) -> (f64, f64) {
    let of = tags(svg, "text").into_iter().find(|tag| tag.split_once('>').is_some_and(|(_, inside)| inside == text));
    let tag = of.expect("the text is on the chart");
    (attribute_px(tag, "x"), attribute_px(tag, "y"))
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1.5 * f64::from(PX)
}

fn all(name: &str, odd: f64) -> [String; 4] {
    let bins = [Bin { n: 3, said: 0.5, held: odd }, Bin { n: 5, said: 0.7, held: 0.6 }];
    [
        error_cdf(&[Series { name, distances_km: &[1.0, odd, 300.0] }]),
        risk_coverage(&[(name, &[(0.5, 0.1), (odd, 0.1), (0.7, odd), (1.0, 0.3)])]),
        reliability(&[(name, &bins)]),
        bars(&[(name.to_owned(), 5.0, odd, 7.0), (name.to_owned(), odd, 1.0, 2.0)], name),
    ]
}

#[test]
fn names_are_text_and_nothing_is_styled_or_run() {
    for svg in all(HOSTILE, 0.5) {
        assert!(svg.starts_with("<svg viewBox=\"0 0 2560 ") && svg.ends_with("</svg>"), "{svg}");
        assert!(svg.contains("role=\"img\" aria-label=\"") && svg.contains("<title>"), "{svg}");
        assert!(svg.contains("&lt;b&gt;&amp;&quot; style=&apos;x&apos;"), "{svg}");
        for part in svg.split('<').skip(1) {
            let (tag, _) = part.split_once('>').expect("a tag ends");
            assert!(!tag.contains("style=") && !tag.contains("class=") && !tag.contains("href"), "{tag}");
            let name = tag.trim_start_matches('/').split(' ').next();
            let drawing = ["svg", "title", "rect", "text", "polyline", "line", "circle"];
            assert!(name.is_some_and(|name| drawing.contains(&name)), "{tag}");
        }
    }
}

#[test]
fn the_same_values_give_the_same_bytes() {
    assert_eq!(all("run", 0.25), all("run", 0.25));
}

#[test]
fn values_that_are_not_finite_are_left_out() {
    let without = |odd| all("run", odd);
    for odd in [f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(without(f64::NAN), without(odd));
    }
    let [cdf, risk, reliability, bars] = without(f64::NAN);
    assert_eq!(cdf, error_cdf(&[Series { name: "run", distances_km: &[1.0, 300.0] }]));
    assert_eq!(risk, risk_coverage(&[("run", &[(0.5, 0.1), (1.0, 0.3)])]));
    assert_eq!(tags(&reliability, "circle").len(), 2, "the one bin that is left, as point of the curve and of the bin");
    assert!(!bars.contains("NaN") && place(&bars, "5.0").0 > 0.0);
}

#[test]
fn extremes_are_drawn_without_a_panic() {
    let huge = [f64::MAX, f64::MIN, f64::MIN_POSITIVE, -0.0];
    error_cdf(&[Series { name: "", distances_km: &huge }]);
    risk_coverage(&[("", &[(f64::MAX, f64::MIN), (f64::MIN, f64::MAX)])]);
    reliability(&[("", &[Bin { n: usize::MAX, said: f64::MAX, held: f64::MIN }])]);
    for value in huge {
        let svg = bars(&[(String::new(), value, f64::MIN, f64::MAX)], "");
        assert!(svg.contains("1,000,000,000,000,000"), "{svg}");
    }
    bars(&[(String::new(), f64::MIN_POSITIVE, 0.0, 0.0)], "");
}

#[test]
fn charts_of_nothing_say_so() {
    let empty = Bin { n: 0, said: 0.0, held: 0.0 };
    let nothing = [
        error_cdf(&[]),
        error_cdf(&[Series { name: "run", distances_km: &[f64::NAN] }]),
        risk_coverage(&[]),
        risk_coverage(&[("run", &[])]),
        reliability(&[]),
        reliability(&[("run", &[empty])]),
        bars(&[], "points"),
        bars(&[("row".to_owned(), f64::NAN, 0.0, 1.0)], "points"),
    ];
    for svg in nothing {
        assert!(svg.contains(">no data</text>"), "{svg}");
    }
    let one = error_cdf(&[Series { name: "a", distances_km: &[1.0] }, Series { name: "b", distances_km: &[] }]);
    assert!(one.contains(">b (no data)<") && !one.contains(">no data<"), "{one}");
}

#[test]
fn the_share_within_a_distance_is_the_height_of_its_curve() {
    let distances_km: Vec<f64> = std::iter::repeat_n(10.0, 30).chain(std::iter::repeat_n(100.0, 70)).collect();
    let svg = error_cdf(&[Series { name: "run", distances_km: &distances_km }]);
    let points = curve(&svg, 0);
    let (city, _) = place(&svg, "25 km");
    let step = points.windows(2).find(|pair| pair[0].0 <= city && city <= pair[1].0).expect("the curve gets there");
    let (zero, all) = (place(&svg, "0 %").1, place(&svg, "100 %").1);
    let height = |percent: f64| zero + (all - zero) * percent / 100.0;
    assert!(near(step[0].1, height(30.0)) && near(step[1].1, height(30.0)), "{points:?}");
    assert!(near(points[0].1, zero) && near(points[points.len() - 1].1, all), "{points:?}");
    let tens = points.iter().filter(|point| near(point.0, place(&svg, "10").0)).count();
    assert_eq!(tens, 2, "the curve goes straight up at 10 km: {points:?}");
}

#[test]
fn a_million_distances_are_thinned_to_what_can_be_seen() {
    let distances_km: Vec<f64> = (0..1_000_000).map(|i| 10f64.powf(f64::from(i) / 1e6 * 5.3 - 1.0)).rev().collect();
    let svg = error_cdf(&[Series { name: "run", distances_km: &distances_km }]);
    let points = curve(&svg, 0);
    assert!((500..=600).contains(&points.len()), "{}", points.len());
    assert!(svg.len() < 12_000, "{}", svg.len());
    let (from, to) = (points[0], points[points.len() - 1]);
    for (x, y) in points {
        let straight = from.1 + (to.1 - from.1) * (x - from.0) / (to.0 - from.0);
        assert!(near(y, straight), "even shares in every decade are a straight line: {y} at {x}");
    }
    let curve_of_all: Vec<(f64, f64)> = (1..=1_000_000).map(|i| (f64::from(i) / 1e6, f64::from(i) / 2e6)).collect();
    let svg = risk_coverage(&[("run", &curve_of_all)]);
    assert!(curve(&svg, 0).len() <= 600 && svg.len() < 12_000, "{}", svg.len());
}

#[test]
fn the_first_answers_do_not_set_the_scale_of_risk() {
    let svg = risk_coverage(&[("run", &[(0.001, 1.0), (0.5, 0.02), (1.0, 0.04)])]);
    let points = curve(&svg, 0);
    let (top, half) = (place(&svg, "4 %").1, place(&svg, "2 %").1);
    assert!(near(points[0].1, top) && near(points[1].1, half) && near(points[2].1, top), "{points:?}");
    assert!(!svg.contains(">5 %<"), "{svg}");
}

#[test]
fn points_of_reliability_grow_with_what_was_said() {
    let bin = |n, said| Bin { n, said, held: 0.4 };
    let svg = reliability(&[("city", &[bin(100, 0.2), bin(0, 0.4), bin(25, 0.6)])]);
    let circles = tags(&svg, "circle");
    let radii: Vec<f64> = circles.iter().map(|tag| attribute_px(tag, "r") / f64::from(PX)).collect();
    assert_eq!(radii, [9.0, 5.5]);
    // The ticks of the left axis come first.
    assert!(near(attribute_px(circles[0], "cy"), place(&svg, "40 %").1), "{svg}");
}

#[test]
fn bars_start_at_zero_on_either_side() {
    let rows = [("gain".to_owned(), 10.0, 5.0, 15.0), ("loss".to_owned(), -20.0, -25.0, -15.0)];
    let svg = bars(&rows, "points");
    let (zero, less) = (place(&svg, "0").0, place(&svg, "−20").0);
    let rects = tags(&svg, "rect");
    let (gain, loss) = (rects[rects.len() - 2], rects[rects.len() - 1]);
    assert!(near(attribute_px(gain, "x"), zero) && near(attribute_px(loss, "x"), less), "{svg}");
    assert!(near(attribute_px(loss, "x") + attribute_px(loss, "width"), zero), "{svg}");
    assert_ne!(attribute(gain, "fill"), attribute(loss, "fill"));
    assert!(place(&svg, "gain").1 < place(&svg, "loss").1);
}
