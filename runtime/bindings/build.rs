//! Generates, from `wit/`, the handles of resources, what `bindgen!` is asked for, and the calls of
//! guests that run as core modules, which it does not make.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use heck::{ToSnakeCase, ToUpperCamelCase};
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{
    Function, FunctionKind, Handle, InterfaceId, Resolve, Type, TypeDefKind, TypeId, TypeOwner,
    WorldId, WorldItem,
};

#[path = "build/component.rs"]
mod component;
#[path = "build/interfaces.rs"]
mod interface_types;
#[path = "build/taps.rs"]
mod taps;

/// Calls that may wait. Handlers that import an interface with one are components in a lane of
/// their own.
const WAITING: &[&str] = &[
    "evroute:sql/sql.[method]connection.execute",
    "evroute:sql/sql.[method]connection.query",
    "evroute:sql/sql.[method]rows.next",
];

fn main() -> Result<(), Box<dyn Error>> {
    let wit = Path::new("../../wit");
    println!("cargo::rerun-if-changed={}", wit.display());
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(wit)?;
    let world = resolve.select_world(&[package], Some("host"))?;
    let generator = Generator { resolve, world };
    let resolve = &generator.resolve;
    let host = resolve.worlds.get(world).ok_or("the world")?;
    let imports = || interfaces(host.imports.values());
    let bindings = [
        component::bindings(resolve, imports(), WAITING)?,
        interface_types::imports(&generator, imports(), waits)?,
        interface_types::exports(resolve, interfaces(host.exports.values()))?,
    ];
    let bindings = bindings.concat();
    let generated = generator.generate()?;
    let folder = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(folder.join("component.rs"), bindings)?;
    std::fs::write(folder.join("core_linker.rs"), generated)?;
    std::fs::write(folder.join("taps.rs"), generator.taps()?)?;
    Ok(())
}

/// Whether an interface has a call that may wait.
fn waits(interface: &str) -> bool {
    let path = interface.split('@').next();
    let of = |function: &&str| function.split_once('.').map(|(of, _)| of) == path;
    WAITING.iter().any(of)
}

type Generated<T> = Result<T, Box<dyn Error>>;

struct Generator {
    resolve: Resolve,
    world: WorldId,
}

impl Generator {
    fn generate(&self) -> Generated<String> {
        let mut text = String::new();
        let world = self.resolve.worlds.get(self.world).ok_or("the world")?;
        for interface in interfaces(world.imports.values()) {
            let name = self.name(interface)?;
            if waits(&name) {
                continue;
            }
            self.shapes(&mut text, interface)?;
            self.link(&mut text, interface, &name)?;
        }
        for interface in interfaces(world.exports.values()) {
            self.shapes(&mut text, interface)?;
        }
        Ok(text)
    }

    fn name(&self, interface: InterfaceId) -> Generated<String> {
        Ok(self
            .resolve
            .id_of(interface)
            .ok_or("an interface has a name")?)
    }

    /// Where `bindgen!` has put an interface: as a path, and as one word.
    fn place(&self, interface: InterfaceId) -> Generated<(String, String)> {
        let known = self
            .resolve
            .interfaces
            .get(interface)
            .ok_or("the interface")?;
        let package = known
            .package
            .and_then(|package| self.resolve.packages.get(package));
        let package = &package.ok_or("an interface is in a package")?.name;
        let name = known.name.as_deref().ok_or("an interface has a name")?;
        let [namespace, package, name] =
            [&*package.namespace, &*package.name, name].map(ToSnakeCase::to_snake_case);
        let world = self.resolve.worlds.get(self.world).ok_or("the world")?;
        let exports = if interfaces(world.exports.values()).any(|export| export == interface) {
            "exports::"
        } else {
            ""
        };
        let path = format!("crate::{exports}{namespace}::{package}::{name}");
        Ok((path, format!("{package}_{name}")))
    }

    /// How the types of an interface look to guests.
    fn shapes(&self, text: &mut String, interface: InterfaceId) -> Generated<()> {
        let known = self
            .resolve
            .interfaces
            .get(interface)
            .ok_or("the interface")?;
        for id in known.types.values() {
            let kind = &self.resolve.types.get(*id).ok_or("the type")?.kind;
            match kind {
                TypeDefKind::Record(record) => {
                    let mut fields = String::new();
                    for field in &record.fields {
                        let (name, ty) = (field.name.to_snake_case(), self.ty(&field.ty)?);
                        write!(fields, "{name}: {ty}, ")?;
                    }
                    writeln!(
                        text,
                        "evroute_abi::record!({} {{ {fields}}});",
                        self.path(*id)?
                    )?;
                }
                TypeDefKind::Variant(variant) => {
                    let cases = variant.cases.iter();
                    let cases = cases.map(|case| (case.name.as_str(), case.ty.as_ref()));
                    self.variant(text, *id, cases)?;
                }
                TypeDefKind::Enum(variants) => {
                    let cases = variants.cases.iter().map(|case| (case.name.as_str(), None));
                    self.variant(text, *id, cases)?;
                }
                TypeDefKind::Resource | TypeDefKind::Type(_) => {}
                other => {
                    return Err(format!("a type is a {}: not known here", other.as_str()).into());
                }
            }
        }
        Ok(())
    }

    fn variant<'a>(
        &self,
        text: &mut String,
        id: TypeId,
        cases: impl Iterator<Item = (&'a str, Option<&'a Type>)>,
    ) -> Generated<()> {
        write!(text, "evroute_abi::variant!({} {{ ", self.path(id)?)?;
        for (number, (name, payload)) in cases.enumerate() {
            write!(text, "{number} => {}", name.to_upper_camel_case())?;
            if let Some(payload) = payload {
                write!(text, "({})", self.ty(payload)?)?;
            }
            text.push_str(", ");
        }
        text.push_str("});\n");
        Ok(())
    }

    fn path(&self, id: TypeId) -> Generated<String> {
        let ty = self.resolve.types.get(id).ok_or("the type")?;
        let TypeOwner::Interface(interface) = ty.owner else {
            return Err("a type is not in an interface".into());
        };
        let name = ty.name.as_deref().ok_or("a type has a name")?;
        Ok(format!(
            "{}::{}",
            self.place(interface)?.0,
            name.to_upper_camel_case()
        ))
    }

    /// A type as `bindgen!` writes it.
    fn ty(&self, ty: &Type) -> Generated<String> {
        let optional = |ty: &Option<Type>| ty.map_or(Ok("()".to_owned()), |ty| self.ty(&ty));
        let id = match ty {
            Type::Bool => return Ok("bool".to_owned()),
            Type::U8 => return Ok("u8".to_owned()),
            Type::U16 => return Ok("u16".to_owned()),
            Type::U32 => return Ok("u32".to_owned()),
            Type::U64 => return Ok("u64".to_owned()),
            Type::S64 => return Ok("i64".to_owned()),
            Type::F64 => return Ok("f64".to_owned()),
            Type::String => return Ok("String".to_owned()),
            Type::Id(id) => *id,
            other => return Err(format!("a value is {other:?}: not known here").into()),
        };
        match &self.resolve.types.get(id).ok_or("the type")?.kind {
            TypeDefKind::Type(ty) => self.ty(ty),
            TypeDefKind::List(of) => Ok(format!("Vec<{}>", self.ty(of)?)),
            TypeDefKind::Option(of) => Ok(format!("Option<{}>", self.ty(of)?)),
            TypeDefKind::Result(of) => Ok(format!(
                "Result<{}, {}>",
                optional(&of.ok)?,
                optional(&of.err)?
            )),
            TypeDefKind::Tuple(of) => {
                let of = of.types.iter().map(|ty| self.ty(ty));
                Ok(format!(
                    "({},)",
                    of.collect::<Generated<Vec<_>>>()?.join(", ")
                ))
            }
            TypeDefKind::Record(_) | TypeDefKind::Variant(_) | TypeDefKind::Enum(_) => {
                self.path(id)
            }
            other => Err(format!("a value is a {}: not known here", other.as_str()).into()),
        }
    }

    /// The function that adds an interface to a linker.
    fn link(&self, text: &mut String, interface: InterfaceId, name: &str) -> Generated<()> {
        let (path, word) = self.place(interface)?;
        writeln!(
            text,
            "/// Adds `{name}` for guests that run as core modules.\n\
             ///\n\
             /// # Errors\n\
             /// The linker has it already.\n\
             #[allow(unused_variables, clippy::too_many_lines, reason = \"as many as the interface has functions\")]\n\
             pub fn {word}<T, D>(linker: &mut wasmtime::Linker<T>, get: fn(&mut T) -> D::Data<'_>) -> wasmtime::Result<()>\n\
             where\n\
             T: evroute_abi::CoreGuest,\n\
             D: wasmtime::component::HasData,\n\
             for<'a> D::Data<'a>: {path}::Host,\n\
             {{"
        )?;
        let known = self
            .resolve
            .interfaces
            .get(interface)
            .ok_or("the interface")?;
        for (resource, id) in &known.types {
            let ty = self.resolve.types.get(*id).ok_or("the type")?;
            if matches!(ty.kind, TypeDefKind::Resource) {
                let host = format!("{path}::Host{}", resource.to_upper_camel_case());
                writeln!(
                    text,
                    "linker.func_wrap(\"{name}\", \"[resource-drop]{resource}\", \
                     move |mut caller: wasmtime::Caller<'_, T>, handle: u32| -> wasmtime::Result<()> {{\n\
                     let resource = evroute_abi::give_back(&mut caller, handle)?;\n\
                     {host}::drop(&mut get(caller.data_mut()), resource)\n}})?;"
                )?;
            }
        }
        for function in known.functions.values() {
            self.function(text, function, name, &path)
                .map_err(|error| format!("{name} {}: {error}", function.name))?;
        }
        text.push_str("Ok(())\n}\n");
        Ok(())
    }

    fn function(
        &self,
        text: &mut String,
        function: &Function,
        interface: &str,
        path: &str,
    ) -> Generated<()> {
        let signature = self
            .resolve
            .wasm_signature(AbiVariant::GuestImport, function);
        if signature.indirect_params {
            return Err("it has more arguments than are passed as such".into());
        }
        for parameter in &function.params {
            self.check_parameter(&parameter.ty)?;
        }
        let host = match function.kind {
            FunctionKind::Freestanding => format!("{path}::Host"),
            FunctionKind::Method(resource) | FunctionKind::Static(resource) => {
                let resource = self
                    .resolve
                    .types
                    .get(resource)
                    .and_then(|ty| ty.name.as_deref());
                let resource = resource.ok_or("a resource has a name")?;
                format!("{path}::Host{}", resource.to_upper_camel_case())
            }
            _ => return Err("it is of a kind not known here".into()),
        };
        let method = function.item_name().to_snake_case();
        let count = signature.params.len();
        let parameters = (0..)
            .zip(&signature.params)
            .map(|(number, ty)| format!(", a{number}: {}", core(*ty)));
        let parameters = parameters.collect::<String>();
        // The last one says where the answer goes.
        let values = if signature.retptr { count - 1 } else { count };
        let values = (0..).zip(&signature.params).take(values);
        let values = values.map(|(number, ty)| match core(*ty) {
            "u64" => format!("a{number}, "),
            _ => format!("u64::from(a{number}), "),
        });
        let values = values.collect::<String>();
        let names = (0..function.params.len()).map(|number| format!("p{number}, "));
        let names = names.collect::<String>();
        let lift =
            "evroute_abi::Lift::from_arguments(arguments, reader)?, ".repeat(function.params.len());
        let (answer, lower) = match (signature.retptr, signature.results.as_slice()) {
            (true, _) => (
                "()",
                format!("evroute_abi::lower(&mut caller, answer, a{})", count - 1),
            ),
            (false, []) => ("()", String::new()),
            (false, [ty]) => (
                core(*ty),
                "evroute_abi::lower_single(&mut caller, answer)".to_owned(),
            ),
            (false, _) => return Err("it has more than one result".into()),
        };
        let call = format!("{host}::{method}(&mut get(caller.data_mut()), {names})");
        let call = if lower.is_empty() {
            call
        } else {
            format!("let answer = {call}?;\n{lower}")
        };
        writeln!(
            text,
            "linker.func_wrap(\"{interface}\", \"{}\", \
             move |mut caller: wasmtime::Caller<'_, T>{parameters}| -> wasmtime::Result<{answer}> {{\n\
             let ({names}) = evroute_abi::lift(&mut caller, &[{values}], |arguments, reader| Ok(({lift})))?;\n\
             {call}\n}})?;",
            function.name,
        )?;
        Ok(())
    }

    /// Guests lend handles and never give them away in a call.
    fn check_parameter(&self, ty: &Type) -> Generated<()> {
        let Type::Id(id) = ty else {
            return Ok(());
        };
        match &self.resolve.types.get(*id).ok_or("the type")?.kind {
            TypeDefKind::Handle(Handle::Own(_)) => Err("it takes a handle for good".into()),
            TypeDefKind::Handle(Handle::Borrow(_)) => Ok(()),
            _ => self.ty(ty).map(drop),
        }
    }
}

fn interfaces<'a>(items: impl Iterator<Item = &'a WorldItem>) -> impl Iterator<Item = InterfaceId> {
    items.filter_map(|item| match item {
        WorldItem::Interface { id, .. } => Some(*id),
        _ => None,
    })
}

/// A core value, as its bits: what it means is for the types to say.
fn core(ty: WasmType) -> &'static str {
    match ty {
        WasmType::I32 | WasmType::Pointer | WasmType::Length => "u32",
        WasmType::I64 | WasmType::PointerOrI64 => "u64",
        WasmType::F32 => "f32",
        WasmType::F64 => "f64",
    }
}
