//! From `wit/` to a [`Contract`].

#![expect(
    clippy::indexing_slicing,
    reason = "the ids are those of the resolve that is indexed"
)]

use std::path::Path;

use wit_bindgen_core::wit_parser::{
    Docs, Function as Parsed, FunctionKind, Handle, InterfaceId, Resolve, Type, TypeDefKind,
    TypeId, TypeOwner,
};

use crate::{
    Case, Contract, Definition, Error, Function, Integer, Interface, Kind, Named, Receiver, Ty,
};

/// Whose packages these are.
const NAMESPACE: &str = "evroute";

impl Contract {
    /// Reads the repository's `wit/`.
    ///
    /// # Errors
    /// When it cannot be read, or has a type that no SDK knows yet.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let wrong = |why: &dyn std::fmt::Display| Error::Wit(format!("{why:#}"));
        let mut resolve = Resolve::default();
        resolve.push_path(folder).map_err(|why| wrong(&why))?;
        let packages = resolve.topological_packages().into_iter();
        let packages = packages.map(|id| &resolve.packages[id]);
        let own = packages.filter(|package| package.name.namespace == NAMESPACE);
        let all = own.flat_map(|package| package.interfaces.values().copied());
        let (events, mut others): (Vec<_>, Vec<_>) =
            all.partition(|id| resolve.interfaces[*id].functions.contains_key("handle"));
        others.sort_by_key(|id| resolve.interfaces[*id].name.as_deref() != Some("types"));
        let read = |ids: Vec<InterfaceId>| ids.into_iter().map(|id| interface(&resolve, id));
        Ok(Self {
            imports: read(others).collect::<Result<_, _>>()?,
            exports: read(events).collect::<Result<_, _>>()?,
        })
    }
}

fn lines(docs: &Docs) -> Vec<String> {
    let text = docs.contents.as_deref().unwrap_or_default();
    text.trim_end().lines().map(str::to_owned).collect()
}

fn interface(resolve: &Resolve, id: InterfaceId) -> Result<Interface, Error> {
    let parsed = &resolve.interfaces[id];
    let package = parsed
        .package
        .map(|package| &resolve.packages[package].name);
    let name = parsed.name.clone().unwrap_or_default();
    let mut types = Vec::new();
    let mut uses = Vec::new();
    for (name, &ty) in &parsed.types {
        match kind(resolve, id, ty)? {
            Some(kind) => types.push(Definition {
                name: name.clone(),
                docs: lines(&resolve.types[ty].docs),
                kind,
            }),
            None => uses.push(named(resolve, ty)?),
        }
    }
    let functions = parsed.functions.values();
    let free = functions.filter(|one| matches!(one.kind, FunctionKind::Freestanding));
    Ok(Interface {
        package: package
            .map(|package| package.name.clone())
            .unwrap_or_default(),
        version: package
            .and_then(|package| package.version.as_ref())
            .map(ToString::to_string)
            .unwrap_or_default(),
        name,
        docs: lines(&parsed.docs),
        types,
        uses,
        functions: free
            .map(|one| function(resolve, one))
            .collect::<Result<_, _>>()?,
    })
}

/// What a type is made of; none when another interface defines it.
fn kind(resolve: &Resolve, interface: InterfaceId, id: TypeId) -> Result<Option<Kind>, Error> {
    let case = |name: &str, docs: &Docs, ty: Option<&Type>| {
        Ok::<_, Error>(Case {
            name: name.to_owned(),
            docs: lines(docs),
            ty: ty.map(|ty| type_of(resolve, ty)).transpose()?,
        })
    };
    Ok(Some(match &resolve.types[id].kind {
        TypeDefKind::Resource => {
            let functions = resolve.interfaces[interface].functions.values();
            let own = functions.filter(|one| match one.kind {
                FunctionKind::Method(of) | FunctionKind::Static(of) => of == id,
                _ => false,
            });
            let own: Result<_, _> = own.map(|one| function(resolve, one)).collect();
            Kind::Resource(own?)
        }
        TypeDefKind::Record(record) => {
            let fields = record.fields.iter();
            let fields: Result<_, _> = fields
                .map(|field| case(&field.name, &field.docs, Some(&field.ty)))
                .collect();
            Kind::Record(fields?)
        }
        TypeDefKind::Enum(one) => {
            let cases: Result<_, _> = one
                .cases
                .iter()
                .map(|one| case(&one.name, &one.docs, None))
                .collect();
            Kind::Enum(cases?)
        }
        TypeDefKind::Variant(one) => {
            let cases: Result<_, _> = one
                .cases
                .iter()
                .map(|one| case(&one.name, &one.docs, one.ty.as_ref()))
                .collect();
            Kind::Variant(cases?)
        }
        TypeDefKind::Type(_) => return Ok(None),
        other => return Err(Error::Unknown(other.as_str().to_owned())),
    }))
}

fn function(resolve: &Resolve, parsed: &Parsed) -> Result<Function, Error> {
    let receiver = match parsed.kind {
        FunctionKind::Freestanding => Receiver::Interface,
        FunctionKind::Static(_) => Receiver::Static,
        FunctionKind::Method(_) => Receiver::Method,
        _ => return Err(Error::Unknown(parsed.name.clone())),
    };
    let own = usize::from(receiver == Receiver::Method);
    let parameters = parsed.params.iter().skip(own).map(|parameter| {
        Ok::<_, Error>((parameter.name.clone(), type_of(resolve, &parameter.ty)?))
    });
    Ok(Function {
        name: parsed.item_name().to_owned(),
        docs: lines(&parsed.docs),
        receiver,
        parameters: parameters.collect::<Result<_, _>>()?,
        result: parsed
            .result
            .as_ref()
            .map(|ty| type_of(resolve, ty))
            .transpose()?,
    })
}

fn type_of(resolve: &Resolve, ty: &Type) -> Result<Ty, Error> {
    let integer = |bits, signed| Ok(Ty::Integer(Integer { bits, signed }));
    match ty {
        Type::Bool => Ok(Ty::Bool),
        Type::U8 => integer(8, false),
        Type::U16 => integer(16, false),
        Type::U32 => integer(32, false),
        Type::U64 => integer(64, false),
        Type::S8 => integer(8, true),
        Type::S16 => integer(16, true),
        Type::S32 => integer(32, true),
        Type::S64 => integer(64, true),
        Type::F64 => Ok(Ty::Float),
        Type::String => Ok(Ty::Text),
        Type::Id(id) => type_by_id(resolve, *id),
        Type::F32 | Type::Char | Type::ErrorContext => Err(Error::Unknown(format!("{ty:?}"))),
    }
}

fn type_by_id(resolve: &Resolve, id: TypeId) -> Result<Ty, Error> {
    let boxed = |ty: &Type| type_of(resolve, ty).map(Box::new);
    Ok(match &resolve.types[id].kind {
        TypeDefKind::List(Type::U8) => Ty::Octets,
        TypeDefKind::List(ty) => Ty::List(boxed(ty)?),
        TypeDefKind::Option(ty) => Ty::Option(boxed(ty)?),
        TypeDefKind::Tuple(tuple) => {
            let types: Result<_, _> = tuple.types.iter().map(|ty| type_of(resolve, ty)).collect();
            Ty::Tuple(types?)
        }
        TypeDefKind::Result(result) => Ty::Result(
            result.ok.as_ref().map(boxed).transpose()?,
            result.err.as_ref().map(boxed).transpose()?,
        ),
        TypeDefKind::Handle(Handle::Own(id) | Handle::Borrow(id)) => {
            Ty::Named(named(resolve, *id)?)
        }
        _ => Ty::Named(named(resolve, id)?),
    })
}

/// Where a type was defined, however often it was taken over.
fn named(resolve: &Resolve, mut id: TypeId) -> Result<Named, Error> {
    while let TypeDefKind::Type(Type::Id(other)) = resolve.types[id].kind {
        id = other;
    }
    let ty = &resolve.types[id];
    let name = ty.name.clone();
    let name = name.ok_or_else(|| Error::Unknown(ty.kind.as_str().to_owned()))?;
    let TypeOwner::Interface(interface) = ty.owner else {
        return Err(Error::Unknown(name));
    };
    let interface = &resolve.interfaces[interface];
    let package = interface
        .package
        .map(|id| resolve.packages[id].name.name.clone());
    Ok(Named {
        package: package.unwrap_or_default(),
        interface: interface.name.clone().unwrap_or_default(),
        name,
    })
}
