//! What lets every host call pass the run's tap, and what carries calls out for somebody else.

use std::fmt::Write as _;

use heck::{ToSnakeCase, ToUpperCamelCase};
use wit_parser::{Function, FunctionKind, InterfaceId, Type, TypeDefKind, TypeId};

use crate::{Generated, Generator, WAITING, interfaces};

impl Generator {
    /// The conversions of all types, and for each import a host that taps another.
    pub(crate) fn taps(&self) -> Generated<String> {
        let mut text = String::new();
        let world = self.resolve.worlds.get(self.world).ok_or("the world")?;
        for interface in interfaces(world.imports.values()) {
            self.values(&mut text, interface)?;
            self.tapped(&mut text, interface)?;
        }
        for interface in interfaces(world.exports.values()) {
            self.values(&mut text, interface)?;
        }
        Ok(text)
    }

    fn values(&self, text: &mut String, interface: InterfaceId) -> Generated<()> {
        let known = self.resolve.interfaces.get(interface);
        for id in known.ok_or("the interface")?.types.values() {
            let mut parts = String::new();
            let what = match &self.resolve.types.get(*id).ok_or("the type")?.kind {
                TypeDefKind::Record(record) => {
                    for field in &record.fields {
                        let name = &field.name;
                        write!(parts, "{} {name:?}, ", name.to_snake_case())?;
                    }
                    "record"
                }
                TypeDefKind::Variant(variant) => {
                    for case in &variant.cases {
                        let of = if case.ty.is_some() { " of" } else { "" };
                        let name = &case.name;
                        write!(parts, "{} {name:?}{of}, ", name.to_upper_camel_case())?;
                    }
                    "variant"
                }
                TypeDefKind::Enum(cases) => {
                    for case in &cases.cases {
                        let name = &case.name;
                        write!(parts, "{} {name:?}, ", name.to_upper_camel_case())?;
                    }
                    "variant"
                }
                _ => continue,
            };
            writeln!(
                text,
                "evroute_tap::{what}!({} {{ {parts}}});",
                self.path(*id)?
            )?;
        }
        Ok(())
    }

    /// The traits of an interface, for a host that taps another.
    fn tapped(&self, text: &mut String, interface: InterfaceId) -> Generated<()> {
        let (path, _) = self.place(interface)?;
        let id = self.name(interface)?;
        let known = self.resolve.interfaces.get(interface);
        let known = known.ok_or("the interface")?;
        let open = |text: &mut String, host: &str| {
            writeln!(
                text,
                "impl<T, D> {path}::{host} for crate::Tapped<'_, T, D>\nwhere\n\
                 T: evroute_tap::TapHost,\nD: crate::View<T>,\n\
                 for<'a> D::Data<'a>: {path}::Host,\n{{"
            )
        };
        for (resource, ty) in &known.types {
            let kind = &self.resolve.types.get(*ty).ok_or("the type")?.kind;
            if !matches!(kind, TypeDefKind::Resource) {
                continue;
            }
            let host = format!("Host{}", resource.to_upper_camel_case());
            open(text, &host)?;
            for function in known.functions.values() {
                if resource_of(function) == Some(*ty) {
                    self.tapped_function(text, &id, &format!("{path}::{host}"), function)?;
                }
            }
            let handle = self.handle(*ty)?;
            passing(
                text,
                [&id, &format!("[resource-drop]{resource}")],
                ("", "drop", &format!("{path}::{host}")),
                &[handle],
                "()",
            )?;
            text.push_str("}\n");
        }
        open(text, "Host")?;
        for function in known.functions.values() {
            if resource_of(function).is_none() {
                self.tapped_function(text, &id, &format!("{path}::Host"), function)?;
            }
        }
        text.push_str("}\n");
        Ok(())
    }

    fn tapped_function(
        &self,
        text: &mut String,
        interface: &str,
        host: &str,
        function: &Function,
    ) -> Generated<()> {
        let parameters = function.params.iter();
        let parameters = parameters.map(|parameter| self.held(&parameter.ty));
        let parameters = parameters.collect::<Generated<Vec<_>>>()?;
        let result = function
            .result
            .map_or(Ok("()".to_owned()), |ty| self.held(&ty))?;
        let lane = if may_wait(interface, function) {
            "async "
        } else {
            ""
        };
        let method = function.item_name().to_snake_case();
        let names = [interface, &function.name];
        passing(text, names, (lane, &method, host), &parameters, &result)
    }

    /// The arms of a `match` that carries out a call by the name of its function.
    pub(crate) fn arms(&self, interface: InterfaceId) -> Generated<String> {
        let (path, _) = self.place(interface)?;
        let id = self.name(interface)?;
        let known = self.resolve.interfaces.get(interface);
        let known = known.ok_or("the interface")?;
        let mut text = String::new();
        for (resource, ty) in &known.types {
            let kind = &self.resolve.types.get(*ty).ok_or("the type")?.kind;
            if matches!(kind, TypeDefKind::Resource) {
                let host = format!("{path}::Host{}", resource.to_upper_camel_case());
                arm(
                    &mut text,
                    &format!("[resource-drop]{resource}"),
                    &host,
                    ("drop", ""),
                    1,
                )?;
            }
        }
        for function in known.functions.values() {
            let host = match resource_of(function) {
                Some(resource) => {
                    let resource = self.resolve.types.get(resource);
                    let name = resource.and_then(|ty| ty.name.as_deref());
                    let name = name.ok_or("a resource has a name")?;
                    format!("{path}::Host{}", name.to_upper_camel_case())
                }
                None => format!("{path}::Host"),
            };
            let waits = if may_wait(&id, function) {
                ".await"
            } else {
                ""
            };
            let method = function.item_name().to_snake_case();
            let count = function.params.len();
            arm(&mut text, &function.name, &host, (&method, waits), count)?;
        }
        Ok(text)
    }

    /// A type as `bindgen!` writes it, handles too.
    fn held(&self, ty: &Type) -> Generated<String> {
        let Type::Id(id) = ty else {
            return self.ty(ty);
        };
        let optional = |ty: &Option<Type>| ty.map_or(Ok("()".to_owned()), |ty| self.held(&ty));
        match &self.resolve.types.get(*id).ok_or("the type")?.kind {
            TypeDefKind::Handle(handle) => match handle {
                wit_parser::Handle::Own(of) | wit_parser::Handle::Borrow(of) => self.handle(*of),
            },
            TypeDefKind::Result(of) => {
                let (ok, err) = (optional(&of.ok)?, optional(&of.err)?);
                Ok(format!("Result<{ok}, {err}>"))
            }
            TypeDefKind::Option(of) => Ok(format!("Option<{}>", self.held(of)?)),
            TypeDefKind::List(of) => Ok(format!("Vec<{}>", self.held(of)?)),
            TypeDefKind::Tuple(of) => {
                let of = of.types.iter().map(|ty| self.held(ty));
                let of = of.collect::<Generated<Vec<_>>>()?.join(", ");
                Ok(format!("({of},)"))
            }
            TypeDefKind::Type(ty) => self.held(ty),
            _ => self.ty(ty),
        }
    }

    fn handle(&self, mut id: TypeId) -> Generated<String> {
        loop {
            let ty = self.resolve.types.get(id).ok_or("the type")?;
            match ty.kind {
                TypeDefKind::Type(Type::Id(of)) => id = of,
                _ => {
                    let name = ty.name.as_deref().ok_or("a resource has a name")?;
                    let name = name.to_upper_camel_case();
                    return Ok(format!(
                        "wasmtime::component::Resource<crate::handle::{name}>"
                    ));
                }
            }
        }
    }
}

fn resource_of(function: &Function) -> Option<TypeId> {
    match function.kind {
        FunctionKind::Method(resource) | FunctionKind::Static(resource) => Some(resource),
        _ => None,
    }
}

fn may_wait(interface: &str, function: &Function) -> bool {
    let path = interface.split('@').next().unwrap_or(interface);
    WAITING.contains(&format!("{path}.{}", function.name).as_str())
}

/// A method that passes the tap.
fn passing(
    text: &mut String,
    [interface, name]: [&str; 2],
    (lane, method, host): (&str, &str, &str),
    parameters: &[String],
    result: &str,
) -> Generated<()> {
    let list = |one: &dyn Fn(usize, &String) -> String| {
        let parameters = parameters.iter().enumerate();
        parameters.map(|(at, ty)| one(at, ty)).collect::<String>()
    };
    let declared = list(&|at, ty| format!(", p{at}: {ty}"));
    let values = list(&|at, _| format!("evroute_tap::Wit::to_wit(&p{at}), "));
    let passed = list(&|at, _| format!(", p{at}"));
    let wait = if lane.is_empty() { "" } else { ".await" };
    writeln!(
        text,
        "{lane}fn {method}(&mut self{declared}) -> wasmtime::Result<{result}> {{\n\
         const FUNCTION: evroute_tap::HostFunction = evroute_tap::HostFunction {{ \
         interface: {interface:?}, name: {name:?} }};\n\
         let arguments = match evroute_tap::begin(self.run, &FUNCTION, || vec![{values}])? {{\n\
         std::ops::ControlFlow::Break(answer) => return Ok(answer),\n\
         std::ops::ControlFlow::Continue(arguments) => arguments,\n}};\n\
         let answer = {host}::{method}(&mut D::of(self.run){passed}){wait};\n\
         evroute_tap::end(self.run, &FUNCTION, arguments, &answer);\nanswer\n}}"
    )?;
    Ok(())
}

/// One arm of [`Generator::arms`].
fn arm(
    text: &mut String,
    name: &str,
    host: &str,
    (method, waits): (&str, &str),
    count: usize,
) -> Generated<()> {
    let taken = (0..count).map(|at| format!("let p{at} = arguments.take()?;\n"));
    let passed = (0..count).map(|at| format!(", p{at}"));
    writeln!(
        text,
        "{name:?} => {{\n{}arguments.end()?;\n\
         let answer = {host}::{method}(&mut crate::tapped::<T, D>(run){}){waits}?;\n\
         Ok(evroute_tap::Wit::to_wit(&answer))\n}}",
        taken.collect::<String>(),
        passed.collect::<String>(),
    )?;
    Ok(())
}
