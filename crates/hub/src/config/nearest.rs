//! The known word that is nearest to a misspelt one.

/// An error of the TOML reader with the key that was probably meant.
pub(super) fn with_suggestion(message: &str) -> String {
    let Some(rest) = message.strip_prefix("unknown field `") else {
        return message.to_owned();
    };
    let Some((wrong, expected)) = rest.split_once('`') else {
        return message.to_owned();
    };
    let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
    let list = known.join(", ");
    match nearest(wrong, &known) {
        Some(near) => format!("no key is called {wrong:?}: write `{near}` (there are {list})"),
        None => format!("no key is called {wrong:?}: there are {list}"),
    }
}

/// The nearest of some words, when it is near enough to be meant.
fn nearest<'a>(wrong: &str, known: &[&'a str]) -> Option<&'a str> {
    let distances = known.iter().map(|word| (distance(wrong, word), *word));
    let (distance, word) = distances.min()?;
    (distance <= wrong.chars().count().max(3) / 2).then_some(word)
}

/// How many letters have to be put in, taken out or exchanged (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (place, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = place + 1;
        for (column, known) in other.iter().enumerate() {
            let exchanged = diagonal + usize::from(letter != *known);
            diagonal = row[column + 1];
            row[column + 1] = exchanged.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn the_nearest_word_is_found_and_a_far_one_is_not() {
        assert_eq!(distance("listen", "lisen"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(nearest("lisen", &["listen", "tls"]), Some("listen"));
        assert_eq!(nearest("colour", &["listen", "tls"]), None);
    }
}
