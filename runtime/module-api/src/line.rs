//! One line, and where it goes.

use std::fmt;
use std::sync::Arc;

use evroute_event::EventName;

use crate::{HandlerContext, HostTrap, RunState};

/// How important a line is. Kamailio's levels, as far as handlers have them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// `L_ERR`
    Error,
    /// `L_WARN`
    Warning,
    /// `L_NOTICE`
    Notice,
    /// `L_INFO`
    Info,
    /// `L_DBG`
    Debug,
}

impl Level {
    /// The word in the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "ERROR",
            Self::Warning => "WARN",
            Self::Notice => "NOTICE",
            Self::Info => "INFO",
            Self::Debug => "DEBUG",
        }
    }
}

/// One line of a handler, with what the server knows about it.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// How important.
    pub level: Level,
    /// Whose handler.
    pub tenant: &'a str,
    /// Which handler.
    pub handler: &'a str,
    /// About which event.
    pub event: EventName,
    /// Call-ID of the message, if the event has one. From the wire: not escaped yet.
    pub call_id: Option<&'a str>,
    /// When the event happened, microseconds since 1970: the line's time, since a run has no other.
    pub time_us: u64,
    /// What the handler says. Not escaped yet: it may hold any character.
    pub text: &'a str,
}

/// Where lines go. Must be quick, and must escape control characters: a handler must not be able to
/// forge a line.
pub trait LogSink: Send + Sync {
    /// Whether lines of this level are kept at all.
    fn keeps(&self, level: Level) -> bool;

    /// Takes a line.
    fn write(&self, line: &Line<'_>);
}

/// Where a tenant's lines go.
pub struct LogTenant {
    /// Where this tenant's lines go.
    pub log_sink: Arc<dyn LogSink>,
}

impl fmt::Debug for LogTenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LogTenant")
    }
}

impl RunState {
    /// Writes a line of the handler, if lines of this level are kept. What it costs was charged
    /// before.
    ///
    /// # Errors
    /// A [`HostTrap`] with `HostFault` when the tenant has no log, or the run no event.
    pub fn log(&self, level: Level, text: &str) -> wasmtime::Result<()> {
        let Some(tenant) = self.handler_context.tenant.get::<LogTenant>() else {
            return Err(HostTrap::host_fault("this tenant has no journal"));
        };
        if !tenant.log_sink.keeps(level) {
            return Ok(());
        }
        let subject = self.subject()?;
        tenant.log_sink.write(&Line {
            level,
            tenant: self.handler_context.tenant.id.as_str(),
            handler: self.handler_context.handler.as_str(),
            event: self.event,
            call_id: subject
                .message
                .as_ref()
                .and_then(|message| message.call_id()),
            time_us: subject.time_us,
            text,
        });
        Ok(())
    }

    /// Who writes this run's lines, for what is written when the run's state is gone.
    #[must_use]
    pub fn speaker(&self) -> LogHandle {
        let about = self.subject().ok().map(|subject| About {
            event: self.event,
            call_id: subject
                .message
                .as_ref()
                .and_then(|message| message.call_id())
                .map(str::to_owned),
            time_us: subject.time_us,
        });
        LogHandle {
            handler_context: Arc::clone(&self.handler_context),
            about,
        }
    }
}

/// Writes lines of one run, also after its end.
#[derive(Debug)]
pub struct LogHandle {
    handler_context: Arc<HandlerContext>,
    about: Option<About>,
}

/// What the event of a run says about its lines.
#[derive(Debug)]
struct About {
    event: EventName,
    call_id: Option<String>,
    time_us: u64,
}

impl LogHandle {
    /// Writes a line, if lines of this level are kept. What a component prints while it is only
    /// looked over, without an event, is not written: no line of the log could say what it is
    /// about.
    pub fn log(&self, level: Level, text: &str) {
        let tenant = self.handler_context.tenant.get::<LogTenant>();
        let (Some(tenant), Some(about)) = (tenant, &self.about) else {
            return;
        };
        if tenant.log_sink.keeps(level) {
            tenant.log_sink.write(&Line {
                level,
                tenant: self.handler_context.tenant.id.as_str(),
                handler: self.handler_context.handler.as_str(),
                event: about.event,
                call_id: about.call_id.as_deref(),
                time_us: about.time_us,
                text,
            });
        }
    }
}
