//! Connected regions of a mask.

/// A row of set pixels: `y`, then first and last `x`, px.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    y: usize,
    first: usize,
    last: usize,
}

/// A set of pixels that hang together, corners included.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Blob {
    /// Number of pixels.
    pub(super) pixels: usize,
    /// The ends of each row of pixels: enough to know the convex hull.
    pub(super) ends: Vec<[i64; 2]>,
}

/// The connected regions (8-neighbourhood) of a mask given as rows of `width` pixels, in order of their first pixel.
///
/// Takes time linear in the number of pixels, whatever the mask looks like.
pub(super) fn blobs(mask: &[bool], width: usize) -> Vec<Blob> {
    if width == 0 {
        return Vec::new();
    }
    let mut runs: Vec<Run> = Vec::new();
    let mut parents: Vec<usize> = Vec::new();
    let mut above = 0..0;
    for (y, row) in mask.chunks_exact(width).enumerate() {
        let start = runs.len();
        let mut x = 0;
        while let Some(offset) = row[x..].iter().position(|&set| set) {
            let first = x + offset;
            let last = first + row[first..].iter().position(|&set| !set).unwrap_or(width - first) - 1;
            parents.push(runs.len());
            runs.push(Run { y, first, last });
            x = last + 1;
        }
        join_rows(&runs, &mut parents, above, start..runs.len());
        above = start..runs.len();
    }
    collect(&runs, &mut parents)
}

/// Joins the runs of one row with those of the row above that they touch.
fn join_rows(runs: &[Run], parents: &mut [usize], above: std::ops::Range<usize>, below: std::ops::Range<usize>) {
    let (mut a, mut b) = (above.start, below.start);
    while a < above.end && b < below.end {
        if runs[a].first <= runs[b].last + 1 && runs[b].first <= runs[a].last + 1 {
            let (ra, rb) = (root(parents, a), root(parents, b));
            parents[ra.max(rb)] = ra.min(rb);
        }
        if runs[a].last < runs[b].last { a += 1 } else { b += 1 }
    }
}

fn root(parents: &mut [usize], mut at: usize) -> usize {
    while parents[at] != at {
        parents[at] = parents[parents[at]];
        at = parents[at];
    }
    at
}

fn collect(runs: &[Run], parents: &mut [usize]) -> Vec<Blob> {
    let mut blobs: Vec<Blob> = Vec::new();
    let mut index = vec![usize::MAX; runs.len()];
    for (i, run) in runs.iter().enumerate() {
        let root = root(parents, i);
        if index[root] == usize::MAX {
            index[root] = blobs.len();
            blobs.push(Blob::default());
        }
        let blob = &mut blobs[index[root]];
        blob.pixels += run.last - run.first + 1;
        blob.ends.extend([[run.first as i64, run.y as i64], [run.last as i64, run.y as i64]]);
    }
    blobs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mask(rows: &[&str]) -> Vec<bool> {
        rows.iter().flat_map(|r| r.bytes().map(|b| b == b'#')).collect()
    }

    #[test]
    fn corners_connect() {
        let found = blobs(&mask(&["#..#", ".#..", "...#"]), 4);
        assert_eq!(found.iter().map(|b| b.pixels).collect::<Vec<_>>(), [2, 1, 1]);
    }

    #[test]
    fn branches_that_meet_lower_down_are_one_region() {
        let found = blobs(&mask(&["#.#.#", "#.#.#", "#####"]), 5);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].pixels, 11);
    }

    #[test]
    fn an_empty_mask_has_no_region() {
        assert!(blobs(&[], 0).is_empty());
        assert!(blobs(&[false; 12], 4).is_empty());
    }

    /// Regions by flood filling, the slow way.
    fn flood(mask: &[bool], width: usize) -> Vec<usize> {
        let height = mask.len() / width;
        let mut seen = vec![false; mask.len()];
        let mut sizes = Vec::new();
        for start in 0..mask.len() {
            if !mask[start] || seen[start] {
                continue;
            }
            let (mut stack, mut size) = (vec![start], 0);
            seen[start] = true;
            while let Some(at) = stack.pop() {
                size += 1;
                let (x, y) = (at % width, at / width);
                for ny in y.saturating_sub(1)..=(y + 1).min(height - 1) {
                    for nx in x.saturating_sub(1)..=(x + 1).min(width - 1) {
                        let next = ny * width + nx;
                        if mask[next] && !seen[next] {
                            seen[next] = true;
                            stack.push(next);
                        }
                    }
                }
            }
            sizes.push(size);
        }
        sizes
    }

    proptest! {
        #[test]
        fn agrees_with_flood_filling(width in 1usize..12, bits in prop::collection::vec(any::<bool>(), 1..120)) {
            let mask = &bits[..bits.len() / width * width];
            let mut fast: Vec<usize> = blobs(mask, width).iter().map(|b| b.pixels).collect();
            let mut slow = flood(mask, width);
            fast.sort_unstable();
            slow.sort_unstable();
            prop_assert_eq!(fast, slow);
        }
    }
}
