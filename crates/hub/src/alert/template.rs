//! Texts that a team writes itself: Jinja templates over the alert.
//!
//! A field that the alert does not have is an error and no empty text, so that a slip is found by
//! `catseye config check` and not in the night of the incident. Work is bounded.

use catseye_report::alert::Alert;
use jiff::Timestamp;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};

const NAME: &str = "template";

/// How many instructions a template may take.
const FUEL: u64 = 200_000;

/// A compiled template.
#[derive(Debug)]
pub(super) struct Template {
    environment: Environment<'static>,
}

impl Template {
    /// Compiles, and tries it on an example.
    pub(super) fn of(text: &str) -> Result<Self, String> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_fuel(Some(FUEL));
        environment
            .add_template_owned(NAME, text.to_owned())
            .map_err(|err| err.to_string())?;
        let template = Template { environment };
        template.render(&Alert::example("example", Timestamp::UNIX_EPOCH))?;
        Ok(template)
    }

    /// The text for an alert.
    pub(super) fn render(&self, alert: &Alert) -> Result<String, String> {
        self.environment
            .get_template(NAME)
            .and_then(|template| {
                let alert = minijinja::Value::from(Serde(alert));
                template.render(minijinja::context! { alert })
            })
            .map_err(|err| err.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_loops_and_json_work() {
        let text = r#"{"t": {{ alert.title | tojson }}, "s": "{{ alert.severity }}"{% for one in alert.subjects %}, "{{ one.kind }}": "{{ one.name }}"{% endfor %}}"#;
        let template = Template::of(text).expect("it is a template");
        let alert = Alert {
            title: "say \"hi\"".to_owned(),
            ..Alert::example("prod", Timestamp::UNIX_EPOCH)
        };
        let made = template.render(&alert).expect("it renders");
        let made: serde_json::Value = serde_json::from_str(&made).expect("it is JSON");
        assert_eq!(made["t"], "say \"hi\"");
        assert_eq!(made["Pod"], "builder-7");
    }

    #[test]
    fn slips_are_found_before_the_incident() {
        assert!(Template::of("{{ alert.tilte }}").is_err());
        assert!(Template::of("{{ alert.title").is_err());
        assert!(Template::of("{% for i in range(9999) %}{% for j in range(9999) %}{{ i }}{% endfor %}{% endfor %}").is_err());
    }
}
