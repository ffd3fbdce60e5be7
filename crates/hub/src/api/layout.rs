//! Places for nodes of a picture, the same for the same nodes and edges: nothing jumps on reload.
//!
//! Nodes begin on a spiral in their order, neighbours pull and all push (Fruchterman and Reingold), for
//! a fixed number of rounds. At most 200 nodes are drawn, so all pairs are looked at.

/// Rounds: more change nothing that can be seen.
const ROUNDS: u32 = 120;

/// A place for each of `nodes`, both coordinates from 0 to 1; edges name nodes by number and have a weight.
pub(crate) fn places(nodes: usize, edges: &[(usize, usize)]) -> Vec<(f64, f64)> {
    if nodes == 0 {
        return Vec::new();
    }
    let count = f64::from(u32::try_from(nodes).unwrap_or(u32::MAX));
    // The golden angle spreads points evenly on a disc, whatever their number.
    let golden = std::f64::consts::PI * (3.0 - 5.0_f64.sqrt());
    let mut places: Vec<(f64, f64)> = (0..u32::try_from(nodes).unwrap_or(u32::MAX))
        .map(|index| {
            let index = f64::from(index);
            let radius = 0.5 * ((index + 0.5) / count).sqrt();
            let angle = index * golden;
            (radius * angle.cos(), radius * angle.sin())
        })
        .collect();
    let distance = 0.8 / count.sqrt();
    for round in 0..ROUNDS {
        let heat = 0.08 * (1.0 - f64::from(round) / f64::from(ROUNDS));
        let mut moves = vec![(0.0, 0.0); nodes];
        for (index, one) in places.iter().enumerate() {
            for (other_index, other) in places.iter().enumerate().skip(index + 1) {
                let (dx, dy) = (one.0 - other.0, one.1 - other.1);
                let square = (dx * dx + dy * dy).max(1e-6);
                let push = distance * distance / square;
                moves[index].0 += dx * push;
                moves[index].1 += dy * push;
                moves[other_index].0 -= dx * push;
                moves[other_index].1 -= dy * push;
            }
            // Whatever is alone stays near the middle.
            moves[index].0 -= one.0 * 0.15;
            moves[index].1 -= one.1 * 0.15;
        }
        for (from, to) in edges {
            let (Some(one), Some(other)) = (places.get(*from), places.get(*to)) else {
                continue;
            };
            let (dx, dy) = (one.0 - other.0, one.1 - other.1);
            let length = (dx * dx + dy * dy).sqrt().max(1e-3);
            let pull = 0.25 * length / distance.max(1e-3) * 0.2;
            moves[*from].0 -= dx * pull;
            moves[*from].1 -= dy * pull;
            moves[*to].0 += dx * pull;
            moves[*to].1 += dy * pull;
        }
        for (place, step) in places.iter_mut().zip(&moves) {
            let length = (step.0 * step.0 + step.1 * step.1).sqrt().max(1e-9);
            let limited = length.min(heat) / length;
            place.0 += step.0 * limited;
            place.1 += step.1 * limited;
        }
    }
    fitted(&places)
}

/// Stretched into the square from 0 to 1, with a margin, and rounded so that every machine agrees.
fn fitted(places: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let range = |pick: fn(&(f64, f64)) -> f64| {
        let values = places.iter().map(pick);
        let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        (low, (high - low).max(1e-9))
    };
    let (left, width) = range(|place| place.0);
    let (top, height) = range(|place| place.1);
    let fit = |value: f64, low: f64, size: f64| {
        let inside = if size <= 1e-9 {
            0.5
        } else {
            (value - low) / size
        };
        ((0.04 + 0.92 * inside) * 10_000.0).round() / 10_000.0
    };
    places
        .iter()
        .map(|place| (fit(place.0, left, width), fit(place.1, top, height)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::places;

    #[test]
    fn the_same_picture_has_the_same_places_and_neighbours_stand_closer() {
        let edges = [(0, 1), (2, 3)];
        let one = places(8, &edges);
        assert_eq!(one, places(8, &edges));
        assert!(
            one.iter()
                .all(|(x, y)| (0.0..=1.0).contains(x) && (0.0..=1.0).contains(y))
        );
        let far = |a: usize, b: usize| {
            ((one[a].0 - one[b].0).powi(2) + (one[a].1 - one[b].1).powi(2)).sqrt()
        };
        assert!(far(0, 1) < far(0, 2) && far(2, 3) < far(1, 3), "{one:?}");
        assert_eq!(places(0, &[]), []);
        assert_eq!(places(1, &[]).len(), 1);
    }
}
