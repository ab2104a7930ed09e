//! The order of places in the file: by country, and within one as a balanced k-d tree.

use super::super::format::{LEAF_PLACES, NONE};
use super::PlaceRow;
use std::collections::BTreeMap;

/// The order in which places are written, as indices into the rows, each with the axis that it splits.
pub(super) fn spatial_order(places: &[PlaceRow], countries: &BTreeMap<&str, u16>) -> Vec<(usize, u8)> {
    let mut order = Vec::with_capacity(places.len());
    let mut by_country: BTreeMap<u16, Vec<usize>> = BTreeMap::new();
    for (i, place) in places.iter().enumerate() {
        by_country.entry(countries.get(place.country.as_str()).copied().unwrap_or(NONE)).or_default().push(i);
    }
    for (_, mut rows) in by_country {
        let mut axes = vec![0u8; rows.len()];
        split(places, &mut rows, &mut axes);
        order.extend(rows.into_iter().zip(axes));
    }
    order
}

/// Puts the middle of the widest axis in the middle, the lower half before and the upper half behind, and goes on in the halves.
fn split(places: &[PlaceRow], rows: &mut [usize], axes: &mut [u8]) {
    rows.sort_by_key(|&row| places[row].geoname_id);
    if rows.len() <= LEAF_PLACES {
        return;
    }
    let width = |axis: usize| {
        let along = rows.iter().map(|&row| places[row].at.unit_vector()[axis]);
        along.clone().fold(f64::MIN, f64::max) - along.fold(f64::MAX, f64::min)
    };
    let axis = (0..3).max_by(|&a, &b| width(a).total_cmp(&width(b))).unwrap_or(0);
    rows.sort_by(|&a, &b| places[a].at.unit_vector()[axis].total_cmp(&places[b].at.unit_vector()[axis]));
    let middle = rows.len() / 2;
    axes[middle] = axis as u8;
    let (low, high) = rows.split_at_mut(middle);
    let (low_axes, high_axes) = axes.split_at_mut(middle);
    split(places, low, low_axes);
    split(places, &mut high[1..], &mut high_axes[1..]);
}
