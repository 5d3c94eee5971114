//! The bridge from one event to one WIT export.

use std::any::Any;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use evroute_abi::Answering;
use evroute_bindings::GuestExport;
use evroute_event::{AnyVerdict, Event, EventName, FailPolicy, Verdict};
use evroute_tap::{Wit, WitValue};
use wasmtime::Store;
use wasmtime::component::{ComponentExportIndex, Instance, Resource, TypedFunc};

use crate::{Level, Naming, RunState};

/// An event that guests can handle: which export does, and how the guest's verdict becomes the
/// event's own.
pub trait GuestEvent: Event {
    /// The interface that a component exports to handle it, one of `evroute_bindings::export`.
    type Export: GuestExport<Verdict: Into<Self::Verdict>>;

    /// What its third segment names, where it has one ([`Event::filter`]).
    const SEGMENT: Option<Naming> = None;

    /// What has to be put right about a verdict before it can be carried out, as a sentence for
    /// the handler's log. [`GuestEvent::decide`] puts it right: what a handler decided is not lost
    /// for a matter of form. None when it is right as it is.
    fn amends(&self, verdict: &GuestVerdict<Self>) -> Option<String> {
        let _ = verdict;
        None
    }

    /// Turns the guest's verdict into the event's own.
    ///
    /// # Errors
    /// A sentence when the verdict is not legal for this very event; the run then counts as
    /// `GuestError`.
    fn decide(&self, verdict: GuestVerdict<Self>) -> Result<Self::Verdict, String> {
        Ok(verdict.into())
    }
}

/// An event's verdict as the WIT has it; `()` where the WIT says `result<_, string>`.
pub type GuestVerdict<E> = <<E as GuestEvent>::Export as GuestExport>::Verdict;

/// What a guest answered, where it came to an answer.
pub enum GuestAnswer {
    /// A verdict that can be carried out.
    Verdict(AnyVerdict),
    /// A sentence instead: it returned an error, or a verdict that its event does not allow.
    Error(String),
}

/// An answer, or the trap that ended the guest.
pub type GuestResult = wasmtime::Result<GuestAnswer>;

/// One event's bridge, without its type.
pub trait EventBinding: Send + Sync {
    /// The event.
    fn name(&self) -> EventName;

    /// The interface that handles it.
    fn interface(&self) -> &'static str;

    /// See [`GuestEvent::SEGMENT`].
    fn segment(&self) -> Option<Naming>;

    /// Whether the export has the type this server calls. Asked once, at deploy.
    ///
    /// # Errors
    /// Wasmtime's description of the mismatch.
    fn probe(
        &self,
        store: &mut Store<RunState>,
        instance: &Instance,
        export: ComponentExportIndex,
    ) -> wasmtime::Result<()>;

    /// Calls the guest in the synchronous lane.
    ///
    /// # Errors
    /// A trap.
    fn call(
        &self,
        store: &mut Store<RunState>,
        instance: &Instance,
        export: ComponentExportIndex,
    ) -> GuestResult;

    /// Calls a guest that runs as core modules.
    ///
    /// # Errors
    /// A trap.
    fn call_core(&self, store: &mut Store<RunState>, export: &Answering) -> GuestResult;

    /// What becomes of a guest's answer that came from another process, as a value.
    ///
    /// # Errors
    /// It has not the type of an answer.
    fn decide(&self, run: &RunState, answer: WitValue) -> GuestResult;

    /// Calls the guest in the async lane.
    ///
    /// # Errors
    /// A trap.
    fn call_async<'a>(
        &'a self,
        store: &'a mut Store<RunState>,
        instance: &'a Instance,
        export: ComponentExportIndex,
    ) -> Pin<Box<dyn Future<Output = GuestResult> + Send + 'a>>;

    /// See [`Verdict::on_failure`].
    fn on_failure(&self, policy: FailPolicy) -> AnyVerdict;

    /// See [`Verdict::rejection`].
    fn rejection(&self, code: u16) -> Option<AnyVerdict>;

    /// See [`Verdict::is_continue`].
    fn is_continue(&self, verdict: &dyn Any) -> bool;

    /// See [`Verdict::counts_without_effects`].
    fn counts_without_effects(&self, verdict: &dyn Any) -> bool;

    /// See [`Verdict::CASES`].
    fn cases(&self) -> &'static [&'static str];

    /// See [`Verdict::case`].
    fn case(&self, verdict: &dyn Any) -> Option<usize>;

    /// A verdict as its word and what it carries: `reject 403 Forbidden`.
    fn written(&self, verdict: &dyn Any) -> Option<String>;
}

/// The [`EventBinding`] of any [`GuestEvent`].
pub struct TypedBinding<E>(PhantomData<fn(E)>);

impl<E> Default for TypedBinding<E> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

type EventHandle<E> = <<E as GuestEvent>::Export as GuestExport>::Handle;

type Handle<E> = TypedFunc<(Resource<EventHandle<E>>,), (Result<GuestVerdict<E>, String>,)>;

impl<E: GuestEvent> TypedBinding<E> {
    fn export(
        store: &mut Store<RunState>,
        instance: &Instance,
        export: ComponentExportIndex,
    ) -> wasmtime::Result<Handle<E>> {
        instance.get_typed_func(store, export)
    }

    /// In a process that runs for another one, the answer stays a value: only the other one knows
    /// the event.
    fn answered(
        store: &mut Store<RunState>,
        answer: Result<GuestVerdict<E>, String>,
    ) -> GuestResult {
        if store.data_mut().far_meter().is_some() {
            return Ok(GuestAnswer::Verdict(Box::new(answer.to_wit())));
        }
        Self::translate(store.data(), answer)
    }

    fn translate(run: &RunState, answer: Result<GuestVerdict<E>, String>) -> GuestResult {
        let event = run.payload::<E>()?;
        let decided = answer.and_then(|verdict| {
            if let Some(why) = event.amends(&verdict) {
                // What cannot be logged is carried out all the same.
                let _ = run.log(Level::Warning, &why);
            }
            event.decide(verdict)
        });
        Ok(match decided {
            Ok(verdict) => GuestAnswer::Verdict(Box::new(verdict)),
            Err(sentence) => GuestAnswer::Error(sentence),
        })
    }
}

impl<E: GuestEvent> EventBinding for TypedBinding<E> {
    fn name(&self) -> EventName {
        E::NAME
    }

    fn interface(&self) -> &'static str {
        E::Export::INTERFACE
    }

    fn segment(&self) -> Option<Naming> {
        E::SEGMENT
    }

    fn probe(
        &self,
        store: &mut Store<RunState>,
        instance: &Instance,
        export: ComponentExportIndex,
    ) -> wasmtime::Result<()> {
        Self::export(store, instance, export).map(drop)
    }

    fn call(
        &self,
        store: &mut Store<RunState>,
        instance: &Instance,
        export: ComponentExportIndex,
    ) -> GuestResult {
        let handle = Self::export(store, instance, export)?;
        let (answer,) = handle.call(&mut *store, (Resource::new_own(0),))?;
        Self::answered(store, answer)
    }

    fn call_core(&self, store: &mut Store<RunState>, export: &Answering) -> GuestResult {
        let answer = evroute_abi::call::<_, EventHandle<E>, _>(&mut *store, export, 0)?;
        Self::answered(store, answer)
    }

    fn decide(&self, run: &RunState, answer: WitValue) -> GuestResult {
        Self::translate(run, Wit::from_wit(answer)?)
    }

    fn call_async<'a>(
        &'a self,
        store: &'a mut Store<RunState>,
        instance: &'a Instance,
        export: ComponentExportIndex,
    ) -> Pin<Box<dyn Future<Output = GuestResult> + Send + 'a>> {
        Box::pin(async move {
            let handle = Self::export(store, instance, export)?;
            let (answer,) = handle
                .call_async(&mut *store, (Resource::new_own(0),))
                .await?;
            Self::answered(store, answer)
        })
    }

    fn on_failure(&self, policy: FailPolicy) -> AnyVerdict {
        Box::new(E::Verdict::on_failure(policy))
    }

    fn rejection(&self, code: u16) -> Option<AnyVerdict> {
        E::Verdict::rejection(code).map(|verdict| Box::new(verdict) as AnyVerdict)
    }

    fn is_continue(&self, verdict: &dyn Any) -> bool {
        verdict
            .downcast_ref::<E::Verdict>()
            .is_none_or(Verdict::is_continue)
    }

    fn counts_without_effects(&self, verdict: &dyn Any) -> bool {
        verdict
            .downcast_ref::<E::Verdict>()
            .is_some_and(Verdict::counts_without_effects)
    }

    fn cases(&self) -> &'static [&'static str] {
        E::Verdict::CASES
    }

    fn case(&self, verdict: &dyn Any) -> Option<usize> {
        verdict.downcast_ref::<E::Verdict>().map(Verdict::case)
    }

    fn written(&self, verdict: &dyn Any) -> Option<String> {
        let verdict = verdict.downcast_ref::<E::Verdict>()?;
        let word = *E::Verdict::CASES.get(verdict.case())?;
        Some(match verdict.carries() {
            Some(carried) => format!("{word} {carried}"),
            None => word.to_owned(),
        })
    }
}
