//! Which arguments functions take, and what they make of them: the declarations of the language and of the
//! libraries that Kubernetes enables.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::types::{Type, split};
use crate::function::Style;

/// One way to call a function.
#[derive(Debug)]
pub(super) struct Overload {
    pub(super) arguments: Vec<Type>,
    pub(super) result: Type,
}

/// One line a declaration; `A` to `Z` are any types. `|` parts alternatives, each of which is an overload.
const DECLARATIONS: &str = "
!_(bool) -> bool
_?_:_(bool, A, A) -> A
_==_(A, A) -> bool
_!=_(A, A) -> bool
_<_(bool, bool) | (int, int) | (int, double) | (int, uint) | (uint, uint) | (uint, double) | (uint, int) | (double, double) | (double, int) | (double, uint) | (string, string) | (bytes, bytes) | (timestamp, timestamp) | (duration, duration) -> bool
_+_(bytes, bytes) -> bytes
_+_(double, double) -> double
_+_(duration, duration) -> duration
_+_(duration, timestamp) | (timestamp, duration) -> timestamp
_+_(int, int) -> int
_+_(list(A), list(A)) -> list(A)
_+_(string, string) -> string
_+_(uint, uint) -> uint
_-_(double, double) -> double
_-_(duration, duration) -> duration
_-_(int, int) -> int
_-_(timestamp, duration) -> timestamp
_-_(timestamp, timestamp) -> duration
_-_(uint, uint) -> uint
_*_(double, double) -> double
_*_(int, int) -> int
_*_(uint, uint) -> uint
_/_(double, double) -> double
_/_(int, int) -> int
_/_(uint, uint) -> uint
_%_(int, int) -> int
_%_(uint, uint) -> uint
-_(double) -> double
-_(int) -> int
_[_](list(A), int) -> A
_[_](map(A, B), A) -> B
_[_](optional_type(list(A)), int) -> optional_type(A)
_[_](optional_type(map(A, B)), A) -> optional_type(B)
_[?_](list(A), int) | (optional_type(list(A)), int) -> optional_type(A)
_[?_](map(A, B), A) | (optional_type(map(A, B)), A) -> optional_type(B)
@in(A, list(A)) | (A, map(A, B)) -> bool
size(bytes) | (list(A)) | (map(A, B)) | (string) -> int
.size(bytes) | (list(A)) | (map(A, B)) | (string) -> int
type(A) -> type(A)
dyn(A) -> dyn
bool(bool) | (string) -> bool
bytes(bytes) | (string) -> bytes
double(double) | (int) | (string) | (uint) -> double
duration(duration) | (int) | (string) -> duration
int(int) | (double) | (duration) | (string) | (timestamp) | (uint) -> int
string(string) | (bool) | (bytes) | (double) | (duration) | (int) | (timestamp) | (uint) | (net.IP) | (net.CIDR) -> string
timestamp(timestamp) | (int) | (string) -> timestamp
uint(uint) | (double) | (int) | (string) -> uint
.contains(string, string) -> bool
.endsWith(string, string) -> bool
.startsWith(string, string) -> bool
.matches(string, string) -> bool
matches(string, string) -> bool
.getFullYear(timestamp) | (timestamp, string) -> int
.getMonth(timestamp) | (timestamp, string) -> int
.getDayOfYear(timestamp) | (timestamp, string) -> int
.getDayOfMonth(timestamp) | (timestamp, string) -> int
.getDate(timestamp) | (timestamp, string) -> int
.getDayOfWeek(timestamp) | (timestamp, string) -> int
.getHours(timestamp) | (timestamp, string) | (duration) -> int
.getMinutes(timestamp) | (timestamp, string) | (duration) -> int
.getSeconds(timestamp) | (timestamp, string) | (duration) -> int
.getMilliseconds(timestamp) | (timestamp, string) | (duration) -> int
optional.of(A) -> optional_type(A)
optional.ofNonZeroValue(A) -> optional_type(A)
optional.none() -> optional_type(A)
optional.unwrap(list(optional_type(A))) -> list(A)
.unwrapOpt(list(optional_type(A))) -> list(A)
.value(optional_type(A)) -> A
.hasValue(optional_type(A)) -> bool
.or(optional_type(A), optional_type(A)) -> optional_type(A)
.orValue(optional_type(A), A) -> A
.first(list(A)) -> optional_type(A)
.last(list(A)) -> optional_type(A)
.charAt(string, int) -> string
.format(string, list(dyn)) -> string
.indexOf(string, string) | (string, string, int) | (list(A), A) -> int
.lastIndexOf(string, string) | (string, string, int) | (list(A), A) -> int
.join(list(string)) | (list(string), string) -> string
.lowerAscii(string) -> string
.upperAscii(string) -> string
.trim(string) -> string
.replace(string, string, string) | (string, string, string, int) -> string
.split(string, string) | (string, string, int) -> list(string)
.substring(string, int) | (string, int, int) -> string
strings.quote(string) -> string
.find(string, string) -> string
.findAll(string, string) | (string, string, int) -> list(string)
.isSorted(list(int)) | (list(uint)) | (list(double)) | (list(bool)) | (list(duration)) | (list(timestamp)) | (list(string)) | (list(bytes)) -> bool
.sum(list(int)) -> int
.sum(list(uint)) -> uint
.sum(list(double)) -> double
.sum(list(duration)) -> duration
.slice(list(A), int, int) -> list(A)
.flatten(list(list(A))) -> list(A)
.flatten(list(dyn), int) -> list(dyn)
.reverse(list(A)) -> list(A)
.distinct(list(A)) -> list(A)
lists.range(int) -> list(int)
sets.contains(list(A), list(A)) -> bool
sets.equivalent(list(A), list(A)) -> bool
sets.intersects(list(A), list(A)) -> bool
quantity(string) -> kubernetes.Quantity
isQuantity(string) -> bool
sign(kubernetes.Quantity) -> int
.isGreaterThan(kubernetes.Quantity, kubernetes.Quantity) | (kubernetes.Semver, kubernetes.Semver) -> bool
.isLessThan(kubernetes.Quantity, kubernetes.Quantity) | (kubernetes.Semver, kubernetes.Semver) -> bool
.compareTo(kubernetes.Quantity, kubernetes.Quantity) | (kubernetes.Semver, kubernetes.Semver) -> int
.asApproximateFloat(kubernetes.Quantity) -> double
.asInteger(kubernetes.Quantity) -> int
.isInteger(kubernetes.Quantity) -> bool
.add(kubernetes.Quantity, kubernetes.Quantity) | (kubernetes.Quantity, int) -> kubernetes.Quantity
.sub(kubernetes.Quantity, kubernetes.Quantity) | (kubernetes.Quantity, int) -> kubernetes.Quantity
ip(string) -> net.IP
isIP(string) -> bool
ip.isCanonical(string) -> bool
.family(net.IP) -> int
.isUnspecified(net.IP) -> bool
.isLoopback(net.IP) -> bool
.isLinkLocalMulticast(net.IP) -> bool
.isLinkLocalUnicast(net.IP) -> bool
.isGlobalUnicast(net.IP) -> bool
cidr(string) -> net.CIDR
isCIDR(string) -> bool
.containsIP(net.CIDR, string) | (net.CIDR, net.IP) -> bool
.containsCIDR(net.CIDR, string) | (net.CIDR, net.CIDR) -> bool
.ip(net.CIDR) -> net.IP
.prefixLength(net.CIDR) -> int
.masked(net.CIDR) -> net.CIDR
url(string) -> kubernetes.URL
isURL(string) -> bool
.getScheme(kubernetes.URL) -> string
.getHost(kubernetes.URL) -> string
.getHostname(kubernetes.URL) -> string
.getPort(kubernetes.URL) -> string
.getEscapedPath(kubernetes.URL) -> string
.getQuery(kubernetes.URL) -> map(string, list(string))
semver(string) | (string, bool) -> kubernetes.Semver
isSemver(string) | (string, bool) -> bool
.major(kubernetes.Semver) -> int
.minor(kubernetes.Semver) -> int
.patch(kubernetes.Semver) -> int
format.named(string) -> optional_type(kubernetes.NamedFormat)
.validate(kubernetes.NamedFormat, string) -> optional_type(list(string))
jsonpatch.escapeKey(string) -> string
.path(kubernetes.authorization.Authorizer, string) -> kubernetes.authorization.PathCheck
.group(kubernetes.authorization.Authorizer, string) -> kubernetes.authorization.GroupCheck
.serviceAccount(kubernetes.authorization.Authorizer, string, string) -> kubernetes.authorization.Authorizer
.resource(kubernetes.authorization.GroupCheck, string) -> kubernetes.authorization.ResourceCheck
.subresource(kubernetes.authorization.ResourceCheck, string) -> kubernetes.authorization.ResourceCheck
.namespace(kubernetes.authorization.ResourceCheck, string) -> kubernetes.authorization.ResourceCheck
.name(kubernetes.authorization.ResourceCheck, string) -> kubernetes.authorization.ResourceCheck
.fieldSelector(kubernetes.authorization.ResourceCheck, string) -> kubernetes.authorization.ResourceCheck
.labelSelector(kubernetes.authorization.ResourceCheck, string) -> kubernetes.authorization.ResourceCheck
.check(kubernetes.authorization.PathCheck, string) | (kubernetes.authorization.ResourceCheck, string) -> kubernetes.authorization.Decision
.errored(kubernetes.authorization.Decision) -> bool
.error(kubernetes.authorization.Decision) -> string
.allowed(kubernetes.authorization.Decision) -> bool
.reason(kubernetes.authorization.Decision) -> string
cel.@mapInsert(map(A, B), A, B) | (map(A, B), map(A, B)) -> map(A, B)
";

/// Functions declared for each type that has an order.
const OF_ORDERED: &str = "
.max(list(T)) -> T
.min(list(T)) -> T
.sort(list(T)) -> list(T)
.@sortByAssociatedKeys(list(A), list(T)) -> list(A)
";

const ORDERED: &[&str] = &[
    "int",
    "uint",
    "double",
    "bool",
    "duration",
    "timestamp",
    "string",
    "bytes",
];

/// Operators that take the same as `_<_`.
const LIKE_LESS: &[&str] = &["_<=_", "_>_", "_>=_"];

type Table = HashMap<(String, bool), Vec<Overload>>;

/// The overloads of a function; none for one that is not declared.
pub(super) fn of(name: &str, style: Style) -> &'static [Overload] {
    static KNOWN: OnceLock<Table> = OnceLock::new();
    let table = KNOWN.get_or_init(table);
    // All formats are declared alike.
    let name = if style == Style::Global && name.starts_with("format.") && name != "format.named" {
        "format.*"
    } else {
        name
    };
    table
        .get(&(name.to_owned(), style == Style::Member))
        .map_or(&[], Vec::as_slice)
}

fn table() -> Table {
    let mut table = Table::new();
    for line in DECLARATIONS.lines() {
        declare(&mut table, line);
    }
    for line in OF_ORDERED.lines() {
        for kind in ORDERED {
            // Parameters are single letters in brackets or after the arrow.
            let line = line
                .replace("(T)", &format!("({kind})"))
                .replace("-> T", &format!("-> {kind}"));
            declare(&mut table, &line);
        }
    }
    table.insert(
        ("format.*".to_owned(), false),
        vec![Overload {
            arguments: Vec::new(),
            result: Type::Named("kubernetes.NamedFormat"),
        }],
    );
    table
}

/// Reads a line; what is no declaration is left out, which a test would see.
fn declare(table: &mut Table, line: &str) {
    let Some((call, result)) = line.split_once(" -> ") else {
        return;
    };
    // The brackets of the arguments are those that the first alternative ends with.
    let first = call.split(" | ").next().unwrap_or(call);
    let Some(open) = opening(first) else {
        return;
    };
    let (name, alternatives) = call.split_at(open);
    let (name, member) = match name.strip_prefix('.') {
        Some(name) => (name, true),
        None => (name, false),
    };
    for alternative in alternatives.split(" | ") {
        let arguments = alternative
            .strip_prefix('(')
            .and_then(|rest| rest.strip_suffix(')'))
            .and_then(|inner| {
                split(inner)
                    .into_iter()
                    .map(|text| Type::read_generic(text, &[]))
                    .collect::<Option<Vec<Type>>>()
            });
        let (Some(arguments), Some(result)) = (arguments, Type::read_generic(result, &[])) else {
            continue;
        };
        let names = if name == "_<_" { LIKE_LESS } else { &[] };
        for name in names.iter().chain(&[name]) {
            table
                .entry(((*name).to_owned(), member))
                .or_default()
                .push(Overload {
                    arguments: arguments.clone(),
                    result: result.clone(),
                });
        }
    }
}

/// Where the bracket opens that the text closes at its end.
fn opening(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, letter) in text.char_indices().rev() {
        match letter {
            ')' => depth += 1,
            '(' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function;

    #[test]
    fn every_function_is_declared_with_as_many_arguments_as_it_takes() {
        for function in function::all() {
            let overloads = of(function.name, function.style);
            let counts = overloads.iter().map(|overload| overload.arguments.len());
            assert_eq!(
                counts.clone().min(),
                Some(function.arity.0),
                "{}",
                function.name
            );
            assert_eq!(counts.max(), Some(function.arity.1), "{}", function.name);
        }
    }

    #[test]
    fn every_declaration_is_read() {
        let alternatives: usize = DECLARATIONS
            .lines()
            .filter(|line| !line.is_empty())
            .map(|line| {
                let times = if line.starts_with("_<_") { 4 } else { 1 };
                times * line.split(" | ").count()
            })
            .sum();
        let read: usize = table().values().map(Vec::len).sum();
        assert_eq!(read, alternatives + 4 * ORDERED.len() + 1);
    }
}
