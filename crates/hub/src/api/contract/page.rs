//! Lists come in pages: items, and a cursor that leads on.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which part of a list is wanted. Every list takes these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// The `next` of the page before; the first page when it is left out.
    pub cursor: Option<String>,
    /// How many items at most: 50 unless told, 500 at most.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The items, in the order that the list promises.
    pub items: Vec<T>,
    /// How many there are in all pages together.
    pub total: u64,
    /// The cursor of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// How many items of a list have a value: the counts beside the filters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FacetCount {
    /// The value, as the filter of that name takes it.
    pub value: String,
    /// How many items have it, all other filters applied.
    pub count: u64,
}
