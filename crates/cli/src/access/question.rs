//! What is asked: verb, resource and name as people write them.

use anyhow::{anyhow, bail};
use catseye_model::{Inventory, Resource};
use catseye_rbac::Request;

/// A verb on something.
#[derive(Debug, clap::Args)]
pub(super) struct Words {
    /// A verb such as get, list, create, impersonate, or `*`
    #[arg(value_name = "VERB")]
    pub(super) verb: Option<String>,
    /// RESOURCE[.GROUP][/SUBRESOURCE] such as secrets, deploy, deployments.apps/scale, pods/exec;
    /// or a path such as /metrics
    #[arg(value_name = "RESOURCE")]
    pub(super) resource: Option<String>,
    /// One object
    #[arg(value_name = "NAME")]
    pub(super) name: Option<String>,
    /// A non-resource path instead of a resource
    #[arg(long, value_name = "PATH", conflicts_with_all = ["resource", "namespace", "all_namespaces"])]
    pub(super) path: Option<String>,
    /// In this namespace
    #[arg(long, short, value_name = "NAMESPACE")]
    pub(super) namespace: Option<String>,
    /// In all namespaces at once
    #[arg(long, short = 'A', conflicts_with = "namespace")]
    pub(super) all_namespaces: bool,
}

/// Where it is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// Wherever it is allowed, each place by itself.
    Anywhere,
    /// In one namespace.
    Namespace(String),
    /// In all namespaces by one request, or about what is in no namespace.
    Cluster,
}

/// A question, understood.
#[derive(Debug, Clone)]
pub(super) struct Question {
    /// Without a namespace.
    pub(super) request: Request,
    /// Where.
    pub(super) place: Place,
    /// In words.
    pub(super) words: String,
    /// The resource lives in namespaces.
    pub(super) namespaced: bool,
    /// The object asked about.
    pub(super) name: Option<String>,
}

impl Words {
    /// The question; `None` without a verb.
    pub(super) fn understand(&self, inventory: &Inventory) -> anyhow::Result<Option<Question>> {
        let Words {
            verb,
            resource,
            name,
            path,
            namespace,
            all_namespaces,
        } = self;
        let Some(verb) = verb.as_deref().map(str::to_lowercase) else {
            return Ok(None);
        };
        let path = path
            .as_ref()
            .or_else(|| resource.as_ref().filter(|word| word.starts_with('/')));
        if let Some(path) = path {
            if !path.starts_with('/') && path != "*" {
                bail!("{path:?} is no path: begin it with /, such as /metrics");
            }
            return Ok(Some(Question {
                request: Request::path(&verb, path),
                place: Place::Cluster,
                words: format!("{verb} {path}"),
                namespaced: false,
                name: None,
            }));
        }
        let Some(word) = resource else {
            bail!("{verb} what? write a resource such as secrets or pods/exec, or --path /metrics");
        };
        let (resource, subresource) = find(inventory, word)?;
        let whole = if subresource.is_empty() {
            resource.name.clone()
        } else {
            format!("{}/{subresource}", resource.name)
        };
        let mut request = Request::resource(&verb, &resource.group, &whole);
        let mut words = format!("{verb} {whole}");
        if !matches!(resource.group.as_str(), "" | "*") {
            words.push_str(" of ");
            words.push_str(&resource.group);
        }
        if let Some(name) = name {
            request = request.named(name);
            words.push_str(" named ");
            words.push_str(name);
        }
        // Requests for one Namespace object count as requests in it: a role bound there grants them.
        let is_namespace = resource.group.is_empty() && resource.name == "namespaces";
        let place = match (namespace, name) {
            (_, Some(name)) if is_namespace => Place::Namespace(name.clone()),
            (Some(namespace), _) if resource.namespaced => Place::Namespace(namespace.clone()),
            _ if *all_namespaces => Place::Cluster,
            _ if resource.namespaced || is_namespace => Place::Anywhere,
            _ => Place::Cluster,
        };
        if resource.namespaced {
            match &place {
                Place::Namespace(namespace) => {
                    words.push_str(" in namespace ");
                    words.push_str(namespace);
                }
                Place::Cluster => words.push_str(" in all namespaces"),
                Place::Anywhere => {}
            }
        }
        Ok(Some(Question {
            request,
            place,
            words,
            namespaced: resource.namespaced,
            name: name.clone(),
        }))
    }
}

/// The resource and sub-resource that people mean.
fn find(inventory: &Inventory, word: &str) -> anyhow::Result<(Resource, String)> {
    let (word, subresource) = word.split_once('/').unwrap_or((word, ""));
    let any_group = |name: &str, group: &str| Resource {
        group: group.to_owned(),
        name: name.to_owned(),
        namespaced: true,
    };
    let resource = match word.split_once('.') {
        // Everything: of every group, or of one.
        None if word == "*" => any_group("*", "*"),
        Some(("*", group)) => any_group("*", group),
        split => match (Resource::find(inventory, word).into_iter().next(), split) {
            (Some(resource), _) => resource,
            // A custom resource whose definition was not read, in words that leave no doubt.
            (None, Some((name, group))) => any_group(name, group),
            (None, None) => {
                return Err(anyhow!(
                    "no resource is called {word:?}; write plural and group, such as {word}.example.com"
                ));
            }
        },
    };
    Ok((resource, subresource.to_owned()))
}

#[cfg(test)]
mod tests {
    use catseye_model::Completeness;

    use super::*;

    fn asked(words: &[&str], namespace: Option<&str>) -> Question {
        let word = |place: usize| words.get(place).map(|&word| word.to_owned());
        let words = Words {
            verb: word(0),
            resource: word(1),
            name: word(2),
            path: None,
            namespace: namespace.map(str::to_owned),
            all_namespaces: false,
        };
        let inventory = Inventory::new(Vec::new(), Completeness::Tree);
        words.understand(&inventory).unwrap().unwrap()
    }

    #[test]
    fn questions_are_understood() {
        let shop = Some("shop");
        for (words, namespace, request, place, told) in [
            (
                &["get", "po"][..],
                None,
                Request::resource("get", "", "pods"),
                Place::Anywhere,
                "get pods",
            ),
            (
                &["create", "pods/exec", "web-0"],
                shop,
                Request::resource("create", "", "pods/exec").named("web-0"),
                Place::Namespace("shop".to_owned()),
                "create pods/exec named web-0 in namespace shop",
            ),
            (
                &["update", "deploy/scale"],
                None,
                Request::resource("update", "apps", "deployments/scale"),
                Place::Anywhere,
                "update deployments/scale of apps",
            ),
            (
                &["get", "nodes"],
                shop,
                Request::resource("get", "", "nodes"),
                Place::Cluster,
                "get nodes",
            ),
            (
                &["get", "ns", "shop"],
                None,
                Request::resource("get", "", "namespaces").named("shop"),
                Place::Namespace("shop".to_owned()),
                "get namespaces named shop",
            ),
            (
                &["*", "*"],
                None,
                Request::resource("*", "*", "*"),
                Place::Anywhere,
                "* *",
            ),
            (
                &["get", "widgets.example.com"],
                None,
                Request::resource("get", "example.com", "widgets"),
                Place::Anywhere,
                "get widgets of example.com",
            ),
            (
                &["get", "/metrics"],
                None,
                Request::path("get", "/metrics"),
                Place::Cluster,
                "get /metrics",
            ),
        ] {
            let question = asked(words, namespace);
            assert_eq!(
                (question.request, question.place),
                (request, place),
                "{words:?}"
            );
            assert_eq!(question.words, told);
        }
    }
}
