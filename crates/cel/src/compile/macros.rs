//! Macros, expanded into what they mean: folds over lists and mappings, and maps of optionals.

use cel::common::ast::{Expr, IdedExpr};

use super::Compiler;
use crate::error::CompileError;
use crate::expression::{Comprehension, Fold, Part};

impl Compiler<'_> {
    pub(super) fn member_macro(
        &mut self,
        tree: &IdedExpr,
        name: &str,
        target: &IdedExpr,
        args: &[&IdedExpr],
        depth: usize,
    ) -> Result<Option<Part>, CompileError> {
        let part = match (name, args) {
            ("or", [other]) => {
                Part::OrOptional(self.boxed(target, depth)?, self.boxed(other, depth)?)
            }
            ("orValue", [other]) => {
                Part::OrValue(self.boxed(target, depth)?, self.boxed(other, depth)?)
            }
            ("optMap" | "optFlatMap", [variable, body]) => {
                let operand = self.boxed(target, depth)?;
                let local = self.bind(&[*variable])?;
                let body = self.boxed(body, depth);
                self.locals.truncate(local);
                Part::OptionalMap {
                    operand,
                    local,
                    body: body?,
                    flat: name == "optFlatMap",
                }
            }
            ("all", [one, body]) => self.fold(target, &[*one], None, body, Fold::All, depth)?,
            ("all", [one, two, body]) => {
                self.fold(target, &[*one, *two], None, body, Fold::All, depth)?
            }
            ("exists", [one, body]) => {
                self.fold(target, &[*one], None, body, Fold::Exists, depth)?
            }
            ("exists", [one, two, body]) => {
                self.fold(target, &[*one, *two], None, body, Fold::Exists, depth)?
            }
            ("exists_one" | "existsOne", [one, body]) => {
                self.fold(target, &[*one], None, body, Fold::ExistsOne, depth)?
            }
            ("exists_one" | "existsOne", [one, two, body]) => {
                self.fold(target, &[*one, *two], None, body, Fold::ExistsOne, depth)?
            }
            ("filter", [one, body]) => {
                self.fold(target, &[*one], None, body, Fold::Filter, depth)?
            }
            ("map", [one, body]) => self.fold(target, &[*one], None, body, Fold::Map, depth)?,
            ("map", [one, filter, body]) => {
                self.fold(target, &[*one], Some(filter), body, Fold::Map, depth)?
            }
            ("sortBy", [one, body]) => {
                self.fold(target, &[*one], None, body, Fold::SortBy, depth)?
            }
            ("transformList", [one, two, body]) => {
                self.fold(target, &[*one, *two], None, body, Fold::Map, depth)?
            }
            ("transformList", [one, two, filter, body]) => {
                self.fold(target, &[*one, *two], Some(filter), body, Fold::Map, depth)?
            }
            ("transformMap", [one, two, rest @ .., body]) if rest.len() < 2 => {
                let filter = rest.first().copied();
                self.fold(
                    target,
                    &[*one, *two],
                    filter,
                    body,
                    Fold::TransformMap,
                    depth,
                )?
            }
            ("transformMapEntry", [one, two, rest @ .., body]) if rest.len() < 2 => {
                let filter = rest.first().copied();
                let kind = Fold::TransformMapEntry;
                self.fold(target, &[*one, *two], filter, body, kind, depth)?
            }
            ("all" | "exists" | "exists_one" | "existsOne" | "filter" | "map", _) => {
                return self.error(tree, format!("{name}() takes a name and an expression"));
            }
            _ => return Ok(None),
        };
        Ok(Some(part))
    }

    /// Names the variables of a macro; the place of the first on the stack.
    pub(super) fn bind(&mut self, variables: &[&IdedExpr]) -> Result<usize, CompileError> {
        let local = self.locals.len();
        for variable in variables {
            let Expr::Ident(name) = &variable.expr else {
                self.locals.truncate(local);
                return self.error(variable, "the argument must be a simple name");
            };
            self.locals.push(name.clone());
        }
        self.deepest = self.deepest.max(self.locals.len());
        Ok(local)
    }

    fn fold(
        &mut self,
        target: &IdedExpr,
        variables: &[&IdedExpr],
        filter: Option<&IdedExpr>,
        body: &IdedExpr,
        kind: Fold,
        depth: usize,
    ) -> Result<Part, CompileError> {
        let over = self.expression(target, depth)?;
        let local = self.bind(variables)?;
        let filter = filter
            .map(|filter| self.expression(filter, depth))
            .transpose();
        let body = self.expression(body, depth);
        self.locals.truncate(local);
        Ok(Part::Comprehension(Box::new(Comprehension {
            over,
            local,
            two: variables.len() == 2,
            kind,
            filter: filter?,
            body: body?,
        })))
    }
}
