//! One of the four machines, and which input a table's event is to each.

use bytes::Bytes;

use crate::action::{Actions, Class, Delivery};
use crate::client_invite::{self, ClientInvite};
use crate::client_other::{self, ClientOther};
use crate::config::Config;
use crate::output::RespondError;
use crate::request::ClientRequest;
use crate::server_invite::{self, ServerInvite};
use crate::server_other::{self, ServerOther};
use crate::timer::Timer;

/// Where a transaction stands: which machine, which state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// INVITE, we sent it.
    ClientInvite(client_invite::ClientInviteState),
    /// Another request, we sent it.
    ClientOther(client_other::ClientOtherState),
    /// INVITE, it came in.
    ServerInvite(server_invite::ServerInviteState),
    /// Another request, it came in.
    ServerOther(server_other::ServerOtherState),
}

impl State {
    /// Whether somebody still waits for something that is not to be missed: for a final response,
    /// or, after the refusal of an INVITE, for its ACK (17.2.1). The ACK to a success is no
    /// business of this transaction's (RFC 6026).
    #[must_use]
    pub const fn is_under_way(self) -> bool {
        match self {
            Self::ClientInvite(state) => match state {
                client_invite::ClientInviteState::Calling
                | client_invite::ClientInviteState::Proceeding => true,
                client_invite::ClientInviteState::Accepted
                | client_invite::ClientInviteState::Completed => false,
            },
            Self::ClientOther(state) => match state {
                client_other::ClientOtherState::Trying
                | client_other::ClientOtherState::Proceeding => true,
                client_other::ClientOtherState::Completed => false,
            },
            Self::ServerInvite(state) => match state {
                server_invite::ServerInviteState::Proceeding
                | server_invite::ServerInviteState::Completed => true,
                server_invite::ServerInviteState::Accepted
                | server_invite::ServerInviteState::Confirmed => false,
            },
            Self::ServerOther(state) => match state {
                server_other::ServerOtherState::Trying
                | server_other::ServerOtherState::Proceeding => true,
                server_other::ServerOtherState::Completed => false,
            },
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Machine {
    ClientInvite(ClientInvite),
    ClientOther(ClientOther),
    ServerInvite(ServerInvite),
    ServerOther(ServerOther),
}

impl Machine {
    pub(crate) fn client_invite(request: ClientRequest, config: &Config) -> (Self, Actions) {
        let ClientRequest {
            bytes,
            delivery,
            timers,
        } = request;
        let (machine, actions) = ClientInvite::start(bytes, delivery, config, timers);
        (Self::ClientInvite(machine), actions)
    }

    pub(crate) fn client_other(request: ClientRequest, config: &Config) -> (Self, Actions) {
        let ClientRequest {
            bytes,
            delivery,
            timers,
        } = request;
        let (machine, actions) = ClientOther::start(bytes, delivery, config, timers);
        (Self::ClientOther(machine), actions)
    }

    pub(crate) fn server_invite(delivery: Delivery, config: &Config) -> (Self, Actions) {
        let (machine, actions) = ServerInvite::start(delivery, config);
        (Self::ServerInvite(machine), actions)
    }

    pub(crate) fn server_other(delivery: Delivery, config: &Config) -> (Self, Actions) {
        let (machine, actions) = ServerOther::start(delivery, config);
        (Self::ServerOther(machine), actions)
    }

    pub(crate) fn state(&self) -> State {
        match self {
            Self::ClientInvite(machine) => State::ClientInvite(machine.state()),
            Self::ClientOther(machine) => State::ClientOther(machine.state()),
            Self::ServerInvite(machine) => State::ServerInvite(machine.state()),
            Self::ServerOther(machine) => State::ServerOther(machine.state()),
        }
    }

    /// Whether a server transaction has sent its final response.
    pub(crate) fn is_answered(&self) -> bool {
        match self {
            Self::ServerInvite(machine) => !machine.may_respond(Class::Failure),
            Self::ServerOther(machine) => !machine.may_respond(),
            Self::ClientInvite(_) | Self::ClientOther(_) => false,
        }
    }

    /// Whether an INVITE that came in was answered nothing yet.
    pub(crate) fn is_silent(&self) -> bool {
        match self {
            Self::ServerInvite(machine) => machine.is_silent(),
            Self::ServerOther(_) | Self::ClientInvite(_) | Self::ClientOther(_) => false,
        }
    }

    pub(crate) fn request_again(&mut self, config: &Config) -> Actions {
        match self {
            Self::ServerInvite(machine) => {
                machine.handle(server_invite::ServerInviteInput::Invite, config)
            }
            Self::ServerOther(machine) => {
                machine.handle(server_other::ServerOtherInput::Request, config)
            }
            Self::ClientInvite(_) | Self::ClientOther(_) => Actions::new(),
        }
    }

    pub(crate) fn ack(&mut self, config: &Config) -> Actions {
        match self {
            Self::ServerInvite(machine) => {
                machine.handle(server_invite::ServerInviteInput::Ack, config)
            }
            Self::ServerOther(_) | Self::ClientInvite(_) | Self::ClientOther(_) => Actions::new(),
        }
    }

    pub(crate) fn respond(
        &mut self,
        class: Class,
        bytes: Bytes,
        config: &Config,
    ) -> Result<Actions, RespondError> {
        match self {
            Self::ServerInvite(machine) if machine.may_respond(class) => Ok(machine.handle(
                server_invite::ServerInviteInput::Respond(class, bytes),
                config,
            )),
            Self::ServerOther(machine) if machine.may_respond() => Ok(machine.handle(
                server_other::ServerOtherInput::Respond(class, bytes),
                config,
            )),
            Self::ServerInvite(_) | Self::ServerOther(_) => Err(RespondError::Answered),
            Self::ClientInvite(_) | Self::ClientOther(_) => Err(RespondError::NotServer),
        }
    }

    pub(crate) fn response(
        &mut self,
        class: Class,
        ack: &mut dyn FnMut() -> Bytes,
        config: &Config,
    ) -> Actions {
        match self {
            Self::ClientInvite(machine) => {
                machine.handle(ClientInvite::response(class, ack), config)
            }
            Self::ClientOther(machine) => machine.handle(class.into(), config),
            Self::ServerInvite(_) | Self::ServerOther(_) => Actions::new(),
        }
    }

    pub(crate) fn cancel(&mut self, config: &Config) -> Actions {
        match self {
            Self::ClientInvite(machine) => {
                machine.handle(client_invite::ClientInviteInput::Cancel, config)
            }
            Self::ClientOther(_) | Self::ServerInvite(_) | Self::ServerOther(_) => Actions::new(),
        }
    }

    pub(crate) fn transport_error(&mut self, config: &Config) -> Actions {
        match self {
            Self::ClientInvite(machine) => {
                machine.handle(client_invite::ClientInviteInput::TransportError, config)
            }
            Self::ClientOther(machine) => {
                machine.handle(client_other::ClientOtherInput::TransportError, config)
            }
            Self::ServerInvite(machine) => {
                machine.handle(server_invite::ServerInviteInput::TransportError, config)
            }
            Self::ServerOther(machine) => {
                machine.handle(server_other::ServerOtherInput::TransportError, config)
            }
        }
    }

    pub(crate) fn timer(&mut self, timer: Timer, config: &Config) -> Actions {
        let actions =
            match self {
                Self::ClientInvite(machine) => client_invite::ClientInviteInput::of(timer)
                    .map(|input| machine.handle(input, config)),
                Self::ClientOther(machine) => client_other::ClientOtherInput::of(timer)
                    .map(|input| machine.handle(input, config)),
                Self::ServerInvite(machine) => server_invite::ServerInviteInput::of(timer)
                    .map(|input| machine.handle(input, config)),
                Self::ServerOther(machine) => server_other::ServerOtherInput::of(timer)
                    .map(|input| machine.handle(input, config)),
            };
        actions.unwrap_or_default()
    }
}
