//! Label selectors and field selectors, with the semantics of `k8s.io/apimachinery`.

use std::fmt;
use std::str::FromStr;

use crate::Value;

use crate::fields::Fields;

/// One condition on one label; all conditions of a selector must hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Requirement {
    /// The label's key.
    pub key: String,
    /// What the label's value must be.
    pub condition: Condition,
}

/// What a label's value must be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Condition {
    /// Present, with one of these values.
    In(Vec<String>),
    /// Absent, or with none of these values.
    NotIn(Vec<String>),
    /// Present.
    Exists,
    /// Absent.
    DoesNotExist,
}

/// A label selector. Without requirements it selects everything; where Kubernetes treats a missing
/// selector as "nothing", the caller holds an `Option`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Selector {
    requirements: Vec<Requirement>,
}

/// A selector that the API server would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid selector: {reason}")]
pub struct InvalidSelector {
    reason: String,
}

impl InvalidSelector {
    fn new(reason: impl Into<String>) -> Self {
        InvalidSelector {
            reason: reason.into(),
        }
    }
}

impl Selector {
    /// The conditions, in the order written.
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }

    /// True when nothing is demanded, so that every object is selected.
    pub fn selects_everything(&self) -> bool {
        self.requirements.is_empty()
    }

    /// The same conditions in one order, each once: selectors that are written differently only
    /// become equal.
    #[must_use]
    pub fn sorted(&self) -> Selector {
        let mut requirements = self.requirements.clone();
        for requirement in &mut requirements {
            if let Condition::In(values) | Condition::NotIn(values) = &mut requirement.condition {
                values.sort_unstable();
                values.dedup();
            }
        }
        requirements.sort_unstable();
        requirements.dedup();
        Selector { requirements }
    }

    /// Reads a `LabelSelector` (`matchLabels`, `matchExpressions`); null reads as the empty selector.
    pub fn of(selector: &Value) -> Result<Self, InvalidSelector> {
        let mut requirements = Self::of_map(selector.at("matchLabels"))?.requirements;
        for expression in selector.list("matchExpressions") {
            let key = expression
                .text("key")
                .ok_or_else(|| InvalidSelector::new("an expression lacks its key"))?;
            let values: Vec<String> = expression.texts("values").map(str::to_owned).collect();
            let operator = expression.text("operator").unwrap_or_default();
            let condition = match (operator, values.is_empty()) {
                ("In", false) => Condition::In(values),
                ("NotIn", false) => Condition::NotIn(values),
                ("Exists", true) => Condition::Exists,
                ("DoesNotExist", true) => Condition::DoesNotExist,
                ("In" | "NotIn", true) => {
                    return Err(InvalidSelector::new(format!(
                        "{operator} on {key:?} needs values"
                    )));
                }
                ("Exists" | "DoesNotExist", false) => {
                    return Err(InvalidSelector::new(format!(
                        "{operator} on {key:?} takes no values"
                    )));
                }
                _ => {
                    return Err(InvalidSelector::new(format!(
                        "operator {operator:?} on {key:?}: write In, NotIn, Exists or DoesNotExist"
                    )));
                }
            };
            requirements.push(Requirement {
                key: key.to_owned(),
                condition,
            });
        }
        Ok(Selector { requirements })
    }

    /// Reads a plain map of labels, as `Service.spec.selector` is one.
    pub fn of_map(labels: &Value) -> Result<Self, InvalidSelector> {
        let requirements = labels
            .entries("")
            .map(|(key, value)| {
                let value = value.as_str().ok_or_else(|| {
                    InvalidSelector::new(format!("the value of label {key:?} is not a string"))
                })?;
                Ok(Requirement {
                    key: key.to_owned(),
                    condition: Condition::In(vec![value.to_owned()]),
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Selector { requirements })
    }

    /// True when the labels (a JSON map of strings, or null) meet every requirement.
    pub fn matches(&self, labels: &Value) -> bool {
        self.requirements
            .iter()
            .all(|requirement| requirement.holds_for(labels))
    }
}

impl Requirement {
    /// True when the labels (a JSON map of strings, or null) meet this requirement.
    pub fn holds_for(&self, labels: &Value) -> bool {
        self.condition
            .holds(labels.get(&self.key).and_then(Value::as_str))
    }
}

impl Condition {
    /// True for a label of this value; `None` is an absent label.
    pub fn holds(&self, value: Option<&str>) -> bool {
        match (self, value) {
            (Condition::In(values), Some(value)) => values.iter().any(|v| v == value),
            (Condition::NotIn(values), Some(value)) => values.iter().all(|v| v != value),
            (Condition::Exists, Some(_))
            | (Condition::NotIn(_) | Condition::DoesNotExist, None) => true,
            (Condition::DoesNotExist, Some(_)) | (Condition::In(_) | Condition::Exists, None) => {
                false
            }
        }
    }
}

impl FromStr for Selector {
    type Err = InvalidSelector;

    /// Reads the command-line form: `a=b,c!=d,e in (f,g),h notin (i),j,!k`.
    fn from_str(text: &str) -> Result<Self, InvalidSelector> {
        let requirements = split_outside_parentheses(text)
            .into_iter()
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(requirement)
            .collect::<Result<_, _>>()?;
        Ok(Selector { requirements })
    }
}

fn requirement(part: &str) -> Result<Requirement, InvalidSelector> {
    let one = |key: &str, value: &str, negated: bool| {
        let values = vec![value.trim().to_owned()];
        Requirement {
            key: key.trim().to_owned(),
            condition: if negated {
                Condition::NotIn(values)
            } else {
                Condition::In(values)
            },
        }
    };
    let words: Vec<&str> = part.splitn(3, char::is_whitespace).collect();
    let parsed = if let [key, operator @ ("in" | "notin"), values] = words[..] {
        let inner = values
            .trim()
            .strip_prefix('(')
            .and_then(|rest| rest.strip_suffix(')'))
            .ok_or_else(|| InvalidSelector::new(format!("{part:?}: write the values in ( )")))?;
        let values = inner
            .split(',')
            .map(|value| value.trim().to_owned())
            .collect();
        let condition = if operator == "in" {
            Condition::In(values)
        } else {
            Condition::NotIn(values)
        };
        Requirement {
            key: key.to_owned(),
            condition,
        }
    } else if let Some((key, value)) = part.split_once("!=") {
        one(key, value, true)
    } else if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
        one(key, value, false)
    } else if let Some(key) = part.strip_prefix('!') {
        Requirement {
            key: key.trim().to_owned(),
            condition: Condition::DoesNotExist,
        }
    } else {
        Requirement {
            key: part.to_owned(),
            condition: Condition::Exists,
        }
    };
    if parsed.key.is_empty() || parsed.key.contains(char::is_whitespace) {
        return Err(InvalidSelector::new(format!(
            "{part:?} does not name a label key"
        )));
    }
    Ok(parsed)
}

fn split_outside_parentheses(text: &str) -> Vec<&str> {
    let mut depth = 0_u32;
    text.split(move |c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
    .collect()
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, Requirement { key, condition }) in self.requirements.iter().enumerate() {
            if position > 0 {
                f.write_str(",")?;
            }
            match condition {
                Condition::In(values) if values.len() == 1 => write!(f, "{key}={}", values[0])?,
                Condition::NotIn(values) if values.len() == 1 => write!(f, "{key}!={}", values[0])?,
                Condition::In(values) => write!(f, "{key} in ({})", values.join(","))?,
                Condition::NotIn(values) => write!(f, "{key} notin ({})", values.join(","))?,
                Condition::Exists => f.write_str(key)?,
                Condition::DoesNotExist => write!(f, "!{key}")?,
            }
        }
        Ok(())
    }
}

/// A field selector: `metadata.name=a,spec.nodeName!=b`. Unlike the API server, which offers a few
/// fields per kind, any field that holds a string, number or boolean can be named.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldSelector {
    terms: Vec<(String, String, bool)>,
}

impl FieldSelector {
    /// True when every named field has (or, negated, has not) the value; an absent field is empty.
    pub fn matches(&self, object: &Value) -> bool {
        self.terms.iter().all(|(path, wanted, negated)| {
            let found = match object.at(path) {
                Value::String(text) => text.to_string(),
                Value::Null => String::new(),
                other => other.to_string(),
            };
            (found == *wanted) != *negated
        })
    }
}

impl FromStr for FieldSelector {
    type Err = InvalidSelector;

    fn from_str(text: &str) -> Result<Self, InvalidSelector> {
        let terms = text
            .split(',')
            .filter(|term| !term.trim().is_empty())
            .map(|term| {
                let (path, value, negated) = if let Some((path, value)) = term.split_once("!=") {
                    (path, value, true)
                } else if let Some((path, value)) =
                    term.split_once("==").or_else(|| term.split_once('='))
                {
                    (path, value, false)
                } else {
                    return Err(InvalidSelector::new(format!(
                        "{term:?}: write FIELD=VALUE or FIELD!=VALUE"
                    )));
                };
                Ok((path.trim().to_owned(), value.trim().to_owned(), negated))
            })
            .collect::<Result<_, _>>()?;
        Ok(FieldSelector { terms })
    }
}

#[cfg(test)]
mod tests {
    use crate::json;

    use super::*;

    #[test]
    fn a_missing_label_meets_only_the_negative_conditions() {
        let labels = json!({"app": "shop"});
        for (text, expected) in [
            ("", true),
            ("app=shop", true),
            ("app==shop", true),
            ("app!=shop", false),
            ("tier!=db", true),
            ("app in (shop, bank)", true),
            ("app notin (bank)", true),
            ("tier notin (db)", true),
            ("tier", false),
            ("!tier", true),
            ("!app", false),
            ("app=shop,tier=db", false),
            ("app in (a,b),!tier", false),
        ] {
            let selector: Selector = text.parse().unwrap();
            assert_eq!(selector.matches(&labels), expected, "{text}");
        }
    }

    #[test]
    fn selectors_display_as_they_read() {
        for text in ["app=shop", "a in (b,c),!d,e,f!=g"] {
            assert_eq!(text.parse::<Selector>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn sorted_selectors_forget_how_they_were_written() {
        let sorted = |text: &str| text.parse::<Selector>().unwrap().sorted();
        assert_eq!(sorted("b in (y,x,y),a"), sorted("a,b in (x,y),a"));
        assert_ne!(sorted("a=b"), sorted("a!=b"));
    }

    #[test]
    fn expressions_are_validated_like_the_api_server_does() {
        let of = |expression| Selector::of(&json!({"matchExpressions": [expression]}));
        assert!(of(json!({"key": "a", "operator": "In", "values": ["b"]})).is_ok());
        assert!(of(json!({"key": "a", "operator": "In"})).is_err());
        assert!(of(json!({"key": "a", "operator": "Exists", "values": ["b"]})).is_err());
        assert!(of(json!({"key": "a", "operator": "Equals", "values": ["b"]})).is_err());
        assert!(of(json!({"operator": "Exists"})).is_err());
    }

    #[test]
    fn field_selectors_compare_scalars() {
        let pod = json!({"metadata": {"name": "a"}, "spec": {"hostNetwork": true}});
        let holds = |text: &str| text.parse::<FieldSelector>().unwrap().matches(&pod);
        assert!(holds(
            "metadata.name=a,spec.hostNetwork=true,spec.nodeName="
        ));
        assert!(holds("spec.nodeName!=n1"));
        assert!(!holds("metadata.name!=a"));
        assert!("metadata.name".parse::<FieldSelector>().is_err());
    }

    /// The naive oracle: the sentences of the API reference, one by one, on a map of labels.
    fn naive(operator: &str, values: &[String], label: Option<&String>) -> bool {
        match operator {
            "In" => label.is_some_and(|label| values.contains(label)),
            "NotIn" => !label.is_some_and(|label| values.contains(label)),
            "Exists" => label.is_some(),
            _ => label.is_none(),
        }
    }

    proptest::proptest! {
        #[test]
        fn agrees_with_the_reference_sentence_by_sentence(
            labels in proptest::collection::btree_map("[ab]", "[xy]", 0..3),
            terms in proptest::collection::vec(
                ("[abc]", 0..4_usize, proptest::collection::vec("[xyz]", 1..3)), 0..4),
        ) {
            let operators = ["In", "NotIn", "Exists", "DoesNotExist"];
            let expressions: Vec<Value> = terms
                .iter()
                .map(|(key, operator, values)| {
                    let values: &[String] = if *operator < 2 { values } else { &[] };
                    json!({"key": key, "operator": operators[*operator], "values": values})
                })
                .collect();
            let selector = Selector::of(&json!({"matchExpressions": expressions})).unwrap();
            let expected = terms
                .iter()
                .all(|(key, operator, values)| naive(operators[*operator], values, labels.get(key)));
            proptest::prop_assert_eq!(selector.matches(&json!(labels)), expected);
            // What is written on a command line reads back as the same selector.
            let again: Selector = selector.to_string().parse().unwrap();
            proptest::prop_assert_eq!(again.matches(&json!(labels)), expected);
        }

        #[test]
        fn any_text_is_a_selector_or_refused(text in ".*") {
            let _ = text.parse::<Selector>();
            let _ = text.parse::<FieldSelector>();
        }
    }
}
