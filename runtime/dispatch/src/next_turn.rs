//! Whose turn it is.

use evroute_event::Payload;

use crate::canary::CallPlace;
use crate::event_dispatch::{DispatchContext, EventDispatch};
use crate::subscription::Turn;

impl<'a> DispatchContext<'a> {
    /// What becomes of the event at the next handler that wants it; `next` is its place.
    pub(crate) fn next_turn(&self, dispatch: &mut EventDispatch) -> Option<Turn<'a>> {
        let list = self.tenant.by_event.get(self.event.position())?;
        loop {
            let handler = list.get(dispatch.next)?;
            let mut call = dispatch.call;
            let payload = &*dispatch.payload;
            let turn = handler.turn(payload.filter(), || {
                *call.get_or_insert_with(|| self.call_place(payload))
            });
            dispatch.call = call;
            if let Some(turn) = turn {
                return Some(turn);
            }
            dispatch.next += 1;
        }
    }

    /// Where the event's call stands, for canaries.
    #[cold]
    fn call_place(&self, payload: &dyn Payload) -> CallPlace {
        let message = payload.subject().message.as_ref();
        match message.and_then(|message| message.call_id()) {
            Some(call_id) => CallPlace::of_call_id(call_id),
            None => self.tenant.place_without_call(),
        }
    }
}
