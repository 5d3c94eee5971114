//! The WIT, as SDKs are printed from it.

use crate::{Named, Ty};

/// Every interface of the server: packages after those that they use, interfaces as their file has
/// them.
#[derive(Debug)]
pub struct Contract {
    /// What handlers may import, those called `types` first.
    pub imports: Vec<Interface>,
    /// What they may export: the events.
    pub exports: Vec<Interface>,
}

/// An interface.
#[derive(Debug)]
pub struct Interface {
    /// `htable` of `evroute:htable`.
    pub package: String,
    /// `mod-init`.
    pub name: String,
    /// `0.1.0`.
    pub version: String,
    /// What it is, in lines.
    pub docs: Vec<String>,
    /// The types that it defines.
    pub types: Vec<Definition>,
    /// The types that it takes from others.
    pub uses: Vec<Named>,
    /// Its functions, those of resources not among them.
    pub functions: Vec<Function>,
}

/// A type that an interface defines.
#[derive(Debug)]
pub struct Definition {
    /// `edit-error`.
    pub name: String,
    /// What it is, in lines.
    pub docs: Vec<String>,
    /// What it is made of.
    pub kind: Kind,
}

/// What a type is made of.
#[derive(Debug)]
pub enum Kind {
    /// Its functions.
    Resource(Vec<Function>),
    /// Its fields.
    Record(Vec<Case>),
    /// Its cases, all of them without a value.
    Enum(Vec<Case>),
    /// Its cases.
    Variant(Vec<Case>),
}

/// A field, or a case.
#[derive(Debug)]
pub struct Case {
    /// `not-granted`.
    pub name: String,
    /// What it is, in lines.
    pub docs: Vec<String>,
    /// What it holds.
    pub ty: Option<Ty>,
}

/// Whose function it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receiver {
    /// The interface's.
    Interface,
    /// A resource's, without one at hand.
    Static,
    /// A resource's.
    Method,
}

/// A function.
#[derive(Debug)]
pub struct Function {
    /// `from-user`.
    pub name: String,
    /// What it does, in lines.
    pub docs: Vec<String>,
    /// Whose it is.
    pub receiver: Receiver,
    /// Names and types, without the resource itself.
    pub parameters: Vec<(String, Ty)>,
    /// What it returns.
    pub result: Option<Ty>,
}

/// What a type comes down to, where languages treat it specially.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A resource.
    Resource,
    /// A record.
    Record,
    /// An enum.
    Enum,
    /// A variant one of whose cases is `null`.
    Value,
    /// Another variant.
    Variant,
}

impl Interface {
    /// As WIT writes it: `evroute:htable/mod-init@0.1.0`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("evroute:{}/{}@{}", self.package, self.name, self.version)
    }

    /// What it is, in one sentence.
    #[must_use]
    pub fn summary(&self) -> &str {
        let line = self.docs.first().map_or("", String::as_str);
        line.split_once(". ")
            .map_or(line, |(first, _)| first)
            .trim_end_matches('.')
    }
}

impl Definition {
    /// The functions of a resource.
    #[must_use]
    pub fn functions(&self) -> &[Function] {
        match &self.kind {
            Kind::Resource(functions) => functions,
            Kind::Record(_) | Kind::Enum(_) | Kind::Variant(_) => &[],
        }
    }
}

impl Contract {
    /// The interfaces whose types an interface uses, and those that these use, in their order.
    pub fn needed_by<'a>(
        &'a self,
        interface: &'a Interface,
    ) -> impl Iterator<Item = &'a Interface> {
        let mut needed: Vec<&Named> = interface.uses.iter().collect();
        let mut next = 0;
        while let Some(named) = needed.get(next) {
            let of = |one: &&Interface| one.package == named.package && one.name == named.interface;
            needed.extend(self.imports.iter().filter(of).flat_map(|one| &one.uses));
            next += 1;
        }
        self.imports.iter().filter(move |one| {
            let is_it =
                |named: &&Named| one.package == named.package && one.name == named.interface;
            needed.iter().copied().any(|named| is_it(&named))
        })
    }

    /// The definition behind a name, which the WIT has.
    #[must_use]
    pub fn definition(&self, named: &Named) -> Option<&Definition> {
        let mut all = self.imports.iter().chain(&self.exports);
        let interface =
            all.find(|one| one.package == named.package && one.name == named.interface)?;
        interface.types.iter().find(|one| one.name == named.name)
    }

    /// What a name stands for.
    #[must_use]
    pub fn shape(&self, named: &Named) -> Option<Shape> {
        let definition = self.definition(named)?;
        Some(match &definition.kind {
            Kind::Resource(_) => Shape::Resource,
            Kind::Record(_) => Shape::Record,
            Kind::Enum(_) => Shape::Enum,
            Kind::Variant(cases) if cases.iter().any(|case| case.name == "null") => Shape::Value,
            Kind::Variant(_) => Shape::Variant,
        })
    }

    /// Whether a type is a value that may be `null`.
    #[must_use]
    pub fn is_value(&self, ty: &Ty) -> bool {
        matches!(ty, Ty::Named(named) if self.shape(named) == Some(Shape::Value))
    }
}
