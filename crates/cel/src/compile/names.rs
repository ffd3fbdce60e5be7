//! Names: of types, of functions with dots, of fields as Kubernetes escapes them.

use catseye_model::value::Text;
use cel::common::ast::{Expr, IdedExpr, LiteralValue};

use crate::value::Val;

/// Types that an expression may name.
pub(super) const TYPES: &[&str] = &[
    "bool",
    "bytes",
    "double",
    "int",
    "list",
    "map",
    "null_type",
    "string",
    "type",
    "uint",
    "optional_type",
    "google.protobuf.Duration",
    "google.protobuf.Timestamp",
    "kubernetes.Quantity",
    "kubernetes.URL",
    "net.IP",
    "net.CIDR",
    "kubernetes.Semver",
];

pub(super) fn literal_value(literal: &LiteralValue) -> Val {
    match literal {
        LiteralValue::Boolean(value) => Val::Bool(*value.inner()),
        LiteralValue::Bytes(value) => Val::Bytes(value.inner().into()),
        LiteralValue::Double(value) => Val::Double(*value.inner()),
        LiteralValue::Int(value) => Val::Int(*value.inner()),
        LiteralValue::Null => Val::Null,
        LiteralValue::String(value) => Val::text(value.inner()),
        LiteralValue::UInt(value) => Val::UInt(*value.inner()),
    }
}

/// The name that an expression of identifiers and dots spells.
pub(super) fn qualified(tree: &IdedExpr) -> Option<String> {
    match &tree.expr {
        Expr::Ident(name) => Some(name.trim_start_matches('.').to_owned()),
        Expr::Select(select) => {
            let mut name = qualified(&select.operand)?;
            name.push('.');
            name.push_str(&select.field);
            Some(name)
        }
        _ => None,
    }
}

pub(super) fn field_names(field: &str) -> (Text, Option<Text>) {
    let unescaped = unescape(field);
    let differs = unescaped != field;
    (
        Text::from(field),
        differs.then(|| Text::from(unescaped.as_str())),
    )
}

/// Takes back how Kubernetes escapes fields that are no identifiers: `a__dot__b` is `a.b`.
fn unescape(field: &str) -> String {
    if let Some(word) = field
        .strip_prefix("__")
        .and_then(|field| field.strip_suffix("__"))
        && RESERVED.contains(&word)
    {
        return word.to_owned();
    }
    let mut rest = field;
    let mut plain = String::with_capacity(field.len());
    'next: while !rest.is_empty() {
        for (escaped, meant) in [
            ("__underscores__", "__"),
            ("__dot__", "."),
            ("__dash__", "-"),
            ("__slash__", "/"),
        ] {
            if let Some(after) = rest.strip_prefix(escaped) {
                plain.push_str(meant);
                rest = after;
                continue 'next;
            }
        }
        let mut characters = rest.chars();
        plain.extend(characters.next());
        rest = characters.as_str();
    }
    plain
}

/// Words that CEL keeps for itself.
const RESERVED: &[&str] = &[
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];
