//! Prints `wit/` as the tables of this crate.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{
    Function, Handle, Interface, InterfaceId, PackageId, Resolve, Type, TypeDefKind, TypeId,
    TypeOwner,
};

/// The packages that modules offer; `evroute:handler` has worlds only.
const NAMESPACE: &str = "evroute";

fn main() -> Result<(), Box<dyn Error>> {
    let wit = Path::new("../../wit");
    println!("cargo::rerun-if-changed={}", wit.display());
    println!("cargo::rerun-if-changed=build.rs");
    let mut resolve = Resolve::default();
    resolve.push_dir(wit)?;
    let text = Printer(resolve).print()?;
    let file = PathBuf::from(std::env::var("OUT_DIR")?).join("tables.rs");
    std::fs::write(file, text)?;
    Ok(())
}

type Printed<T> = Result<T, Box<dyn Error>>;

struct Printer(Resolve);

impl Printer {
    fn print(&self) -> Printed<String> {
        let (mut packages, mut events, mut functions) =
            (String::new(), String::new(), String::new());
        for id in self.0.topological_packages() {
            let package = self.0.packages.get(id).ok_or("the package")?;
            if package.name.namespace != NAMESPACE || package.interfaces.is_empty() {
                continue;
            }
            self.package(id, &mut packages)?;
            for interface in package.interfaces.values() {
                let found = self.0.interfaces.get(*interface).ok_or("the interface")?;
                match found.functions.get("handle") {
                    Some(handle) => self.event(*interface, found, handle, &mut events)?,
                    None => self.functions(*interface, found, &mut functions)?,
                }
            }
        }
        Ok(format!(
            "/// The packages, each after those that it uses.\npub const PACKAGES: &[Package] = &[\n{packages}];\n\
             /// The events.\npub const EVENTS: &[ContractEvent] = &[\n{events}];\n\
             /// The functions that handlers may import.\n\
             pub const FUNCTIONS: &[Function] = &[\n{functions}];\n"
        ))
    }

    fn package(&self, id: PackageId, text: &mut String) -> Printed<()> {
        let name = &self.0.packages.get(id).ok_or("the package")?.name;
        let version = name.version.as_ref().ok_or("a package has a version")?;
        let path = format!("{0}@{version}/{0}.wit", name.name);
        let file = Path::new("../../wit/deps").join(&path).canonicalize()?;
        writeln!(
            text,
            "Package {{ name: {:?}, path: {path:?}, text: include_str!({file:?}) }},",
            name.name
        )?;
        Ok(())
    }

    fn event(
        &self,
        id: InterfaceId,
        interface: &Interface,
        handle: &Function,
        text: &mut String,
    ) -> Printed<()> {
        let name = interface.name.as_deref().ok_or("an interface has a name")?;
        let module = self.module(interface)?;
        let [parameter] = handle.params.as_slice() else {
            return Err(format!("{module}/{name}: handle takes the event and nothing else").into());
        };
        let (of, resource) = self.payload(&parameter.ty)?;
        writeln!(
            text,
            "ContractEvent {{ interface: {:?}, module: {module:?}, name: {name:?}, payload: ({of:?}, {resource:?}), verdicts: &{:?} }},",
            self.id(id)?,
            self.verdicts(handle)?,
        )?;
        Ok(())
    }

    /// The resource that is handed over, where it was defined.
    fn payload(&self, ty: &Type) -> Printed<(String, &str)> {
        let mut ty = *ty;
        while let Type::Id(id) = ty {
            let found = self.0.types.get(id).ok_or("the type")?;
            match found.kind {
                TypeDefKind::Handle(Handle::Own(of)) => ty = Type::Id(of),
                TypeDefKind::Type(of) => ty = of,
                _ => {
                    let TypeOwner::Interface(interface) = found.owner else {
                        break;
                    };
                    let name = found.name.as_deref().ok_or("a resource has a name")?;
                    return Ok((self.id(interface)?, name));
                }
            }
        }
        Err("handle takes a resource".into())
    }

    fn verdicts(&self, handle: &Function) -> Printed<Vec<&str>> {
        let Some(Type::Id(result)) = handle.result else {
            return Err("handle returns a result".into());
        };
        let TypeDefKind::Result(result) = &self.0.types.get(result).ok_or("the type")?.kind else {
            return Err("handle returns a result".into());
        };
        let mut verdict = result.ok;
        while let Some(Type::Id(id)) = verdict {
            match &self.0.types.get(id).ok_or("the type")?.kind {
                TypeDefKind::Type(of) => verdict = Some(*of),
                TypeDefKind::Enum(one) => {
                    return Ok(names(one.cases.iter().map(|case| &case.name)));
                }
                TypeDefKind::Variant(one) => {
                    return Ok(names(one.cases.iter().map(|case| &case.name)));
                }
                other => return Err(format!("a verdict is a {}", other.as_str()).into()),
            }
        }
        Ok(Vec::new())
    }

    fn functions(&self, id: InterfaceId, interface: &Interface, text: &mut String) -> Printed<()> {
        for function in interface.functions.values() {
            let signature = self.0.wasm_signature(AbiVariant::GuestImport, function);
            let parameters = signature.params.iter().map(|ty| core(*ty));
            let result = signature.results.first().map(|ty| core(*ty));
            let lends = function.params.iter();
            let lends = lends.map(|parameter| self.lent(&parameter.ty));
            let lends = lends.collect::<Printed<Vec<_>>>()?;
            let mut gives = Vec::new();
            if let Some(answer) = &function.result {
                self.given(answer, &mut gives)?;
            }
            if gives.iter().any(|kind| Some(kind) != gives.first()) {
                return Err(format!("{} gives handles of two kinds", function.name).into());
            }
            writeln!(
                text,
                "Function {{ interface: {:?}, name: {:?}, parameters: &[{}], result: {}, lends: &{lends:?}, gives: {:?} }},",
                self.id(id)?,
                function.name,
                parameters.collect::<Vec<_>>().join(", "),
                result.map_or("None".to_owned(), |ty| format!("Some({ty})")),
                gives.first(),
            )?;
        }
        Ok(())
    }

    /// The resource whose handle an argument is. One that has a handle in it is not known here.
    fn lent(&self, ty: &Type) -> Printed<Option<&str>> {
        let mut kinds = Vec::new();
        self.given(ty, &mut kinds)?;
        match (self.handle(ty)?, kinds.as_slice()) {
            (None, []) => Ok(None),
            (Some(kind), [_]) => Ok(Some(kind)),
            _ => Err("an argument has a handle in it".into()),
        }
    }

    /// The resource of a type that is a handle.
    fn handle(&self, ty: &Type) -> Printed<Option<&str>> {
        let Type::Id(id) = ty else { return Ok(None) };
        match &self.0.types.get(*id).ok_or("the type")?.kind {
            TypeDefKind::Type(of) => self.handle(of),
            TypeDefKind::Handle(Handle::Own(of) | Handle::Borrow(of)) => {
                Ok(Some(self.resource(*of)?))
            }
            _ => Ok(None),
        }
    }

    /// A resource by the name that it has where it is defined.
    fn resource(&self, id: TypeId) -> Printed<&str> {
        let ty = self.0.types.get(id).ok_or("the type")?;
        match ty.kind {
            TypeDefKind::Type(Type::Id(of)) => self.resource(of),
            _ => Ok(ty.name.as_deref().ok_or("a resource has a name")?),
        }
    }

    /// The resources of all handles in a type.
    fn given<'a>(&'a self, ty: &Type, kinds: &mut Vec<&'a str>) -> Printed<()> {
        let Type::Id(id) = ty else { return Ok(()) };
        if let Some(kind) = self.handle(ty)? {
            kinds.push(kind);
            return Ok(());
        }
        let mut all = |of: &mut dyn Iterator<Item = &Type>| -> Printed<()> {
            for ty in of {
                self.given(ty, kinds)?;
            }
            Ok(())
        };
        match &self.0.types.get(*id).ok_or("the type")?.kind {
            TypeDefKind::Type(of) | TypeDefKind::Option(of) | TypeDefKind::List(of) => {
                all(&mut std::iter::once(of))
            }
            TypeDefKind::Result(of) => all(&mut of.ok.iter().chain(&of.err)),
            TypeDefKind::Tuple(of) => all(&mut of.types.iter()),
            TypeDefKind::Record(of) => all(&mut of.fields.iter().map(|field| &field.ty)),
            TypeDefKind::Variant(of) => all(&mut of.cases.iter().flat_map(|case| &case.ty)),
            TypeDefKind::Enum(_) => Ok(()),
            other => Err(format!("a value is a {}: not known here", other.as_str()).into()),
        }
    }

    fn module(&self, interface: &Interface) -> Printed<&str> {
        let package = interface.package.and_then(|id| self.0.packages.get(id));
        Ok(&package.ok_or("an interface is in a package")?.name.name)
    }

    fn id(&self, interface: InterfaceId) -> Printed<String> {
        Ok(self.0.id_of(interface).ok_or("an interface has a name")?)
    }
}

fn names<'a>(cases: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    cases.map(String::as_str).collect()
}

fn core(ty: WasmType) -> &'static str {
    match ty {
        WasmType::I32 | WasmType::Pointer | WasmType::Length => "CoreType::I32",
        WasmType::I64 | WasmType::PointerOrI64 => "CoreType::I64",
        WasmType::F32 => "CoreType::F32",
        WasmType::F64 => "CoreType::F64",
    }
}
