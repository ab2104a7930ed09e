//! A small invented town for tests, with names that Vienna lent it, and another one 30 km to the east.

use crate::osm::file::{ATTRIBUTION, Map, Meta, Writer, WriterOptions};
use crate::osm::object::{BoxE7, Object, OsmId, OsmKind, PointE7, Polygon, Shape};

/// The middle of the town.
pub(super) const MIDDLE: PointE7 = PointE7 { lat: 482_082_000, lon: 164_000_000 };
/// 1e-7 degrees of a metre, to the north and, at 48.2°, to the east.
const NORTH: f64 = 1e7 / 111_194.927;
const EAST: f64 = NORTH / 0.666_4;

/// Objects of a map.
#[derive(Default)]
pub(super) struct Builder {
    objects: Vec<Object>,
    /// Metres that the next objects are moved to the east.
    east: f64,
}

impl Builder {
    /// The point so many metres east and north of the middle.
    fn point(&self, (x, y): (f64, f64)) -> PointE7 {
        let lon = f64::from(MIDDLE.lon) + (x + self.east) * EAST;
        PointE7 { lat: MIDDLE.lat + (y * NORTH).round() as i32, lon: lon.round() as i32 }
    }

    fn push(&mut self, kind: OsmKind, points: &[PointE7], shape: Shape, tags: &str) -> OsmId {
        let id = OsmId { kind, number: self.objects.len() as i64 + 1 };
        let at = points[points.len() / 2];
        let bounds = BoxE7::around(points.iter().copied()).expect("a point");
        let tag = |tag: &str| tag.split_once('=').map(|(k, v)| (k.trim().to_owned(), v.trim().to_owned()));
        let tags = tags.split(',').filter_map(tag).collect();
        self.objects.push(Object { id, version: 1, at, bounds, shape, tags });
        id
    }

    /// A point with tags such as `shop=bakery, name=Gruber`.
    pub(super) fn node(&mut self, at: (f64, f64), tags: &str) -> OsmId {
        let at = self.point(at);
        self.push(OsmKind::Node, &[at], Shape::Point, tags)
    }

    pub(super) fn node_at(&mut self, at: PointE7, tags: &str) -> OsmId {
        self.push(OsmKind::Node, &[at], Shape::Point, tags)
    }

    pub(super) fn line(&mut self, points: &[(f64, f64)], tags: &str) -> OsmId {
        let points: Vec<_> = points.iter().map(|&p| self.point(p)).collect();
        self.push(OsmKind::Way, &points, Shape::Line(points.clone()), tags)
    }

    /// A rectangle between two corners.
    pub(super) fn area(&mut self, (x0, y0): (f64, f64), (x1, y1): (f64, f64), tags: &str) -> OsmId {
        let ring = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)].map(|p| self.point(p)).to_vec();
        let middle = self.point(((x0 + x1) / 2.0, (y0 + y1) / 2.0));
        let id = self.push(
            OsmKind::Relation,
            &ring,
            Shape::Area(vec![Polygon { outer: ring.clone(), holes: vec![] }]),
            tags,
        );
        if let Some(last) = self.objects.last_mut() {
            last.at = middle;
        }
        id
    }

    pub(super) fn east(&mut self, metres: f64) {
        self.east = metres;
    }

    pub(super) fn map(&self, name: &str) -> Map {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(format!("{name}.navosm"));
        let options = WriterOptions { memory_bytes: 16 << 20, temp_dir: None };
        let mut writer = Writer::create(&path, &options).expect("a folder");
        self.objects.iter().for_each(|object| writer.push(object).expect("room"));
        let meta = Meta { attribution: ATTRIBUTION.to_owned(), ..Meta::default() };
        writer.finish(meta).expect("room");
        let bytes = std::fs::read(&path).expect("the index");
        Map::from_bytes(&format!("{name}.navosm"), &bytes).expect("an index")
    }
}

/// The town and its neighbour.
pub(super) fn town() -> Builder {
    let mut b = Builder::default();
    b.area((-3000.0, -3000.0), (5000.0, 3000.0), "boundary=administrative, admin_level=8, name=Wien, name:en=Vienna");
    b.line(&[(-500.0, 0.0), (0.0, 0.0)], "highway=secondary, name=Lassallestraße, maxspeed=50");
    b.line(&[(0.0, 0.0), (500.0, 0.0)], "highway=secondary, name=Lassallestraße, maxspeed=30");
    b.line(&[(0.0, -300.0), (0.0, 300.0)], "highway=residential, name=Vorgartenstraße, maxspeed=10");
    b.line(&[(1500.0, -300.0), (1500.0, 300.0)], "highway=residential, name=Lindenallee");
    b.node((30.0, 12.0), "shop=bakery, name=Bäckerei Gruber");
    b.node((60.0, -15.0), "shop=supermarket, name=Spar, brand=Spar");
    b.node((20.0, -60.0), "amenity=pharmacy, name=Apotheke zum Löwen");
    b.area((200.0, 100.0), (300.0, 200.0), "building=exhibition, name=Messe Wien, tourism=attraction");
    b.node((450.0, 150.0), "railway=station, name=Praterstern");
    b.node((350.0, 250.0), "leisure=park, name=Prater");
    b.line(&[(1950.0, 0.0), (2050.0, 0.0)], "highway=primary, bridge=yes, name=Alte Brücke");
    // 65° off the first: 25° from north.
    b.line(&[(2280.0, 400.0), (2322.3, 490.6)], "highway=primary, bridge=yes, name=Neue Brücke");
    b.line(&[(2500.0, 1200.0), (2600.0, 1200.0)], "highway=primary, bridge=yes, name=Ferne Brücke");
    b.node((1000.0, 1000.0), "man_made=tower, name=Donauturm");
    b.node((300.0, 400.0), "power=tower");
    b.node((-2000.0, -200.0), "power=tower");
    // From the church to the tower: 65°.
    b.node((93.7, 577.4), "amenity=place_of_worship, name=St. Leopold");
    b.area((-120.0, 20.0), (-90.0, 40.0), "building=apartments, building:levels=7");
    for i in 0..6 {
        b.east(f64::from(i) * 5000.0 + 6000.0);
        b.node((0.0, 0.0), "shop=supermarket, name=Spar, brand=Spar");
        b.node((0.0, 500.0), "shop=kiosk, name=Trafik Huber");
    }
    b.east(40_000.0);
    b.area((-2000.0, -2000.0), (2000.0, 2000.0), "boundary=administrative, admin_level=8, name=Neudorf");
    b.line(&[(-500.0, 0.0), (500.0, 0.0)], "highway=secondary, name=Lassallestraße");
    b.node((30.0, 900.0), "shop=bakery, name=Bäckerei Gruber");
    b.node((0.0, 100.0), "railway=station, name=Neudorf");
    b.east(0.0);
    b
}

/// Two islands on both sides of the 180° meridian, 200 m apart.
pub(super) fn islands() -> Builder {
    let mut b = Builder::default();
    b.node_at(PointE7 { lat: -170_000_000, lon: 1_799_990_600 }, "tourism=hotel, name=Hotel Fidschi");
    b.node_at(PointE7 { lat: -170_000_000, lon: -1_799_990_600 }, "amenity=bar, name=Bula Bar");
    b.node_at(PointE7 { lat: -170_000_000, lon: 1_700_000_000 }, "tourism=hotel, name=Hotel Fern");
    b
}
