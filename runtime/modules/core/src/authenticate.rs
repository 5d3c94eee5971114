//! Who sent a request, before handlers see it.

use evroute_event::AuthenticatedUser;
use evroute_module_api::{Authenticated, AuthenticationRefusal, AuthenticationStep, Proof};
use evroute_sip::{Message, Method};
use evroute_tenant::TenantIndex;
use evroute_transport::Flow;

use crate::core::Core;

impl Core {
    /// Asks whoever knows who users are. What showed it is for this server and does not go on
    /// (Kamailio's `consume_credentials`).
    pub(crate) async fn authenticate(
        &self,
        request: Message,
        flow: &Flow,
        tenant: TenantIndex,
    ) -> Result<(Message, Option<AuthenticatedUser>), AuthenticationRefusal> {
        let Some(authentication) = &self.authentication else {
            return Ok((request, None));
        };
        // 22.1: an ACK is not answered, and a CANCEL is not sent again.
        if matches!(request.method(), Method::Ack | Method::Cancel) {
            return Ok((request, None));
        }
        let handshake = self.handshake(flow);
        let peer = handshake.as_deref().and_then(|tls| tls.peer.as_ref());
        let authenticated = match authentication.authenticate(tenant, &request, flow, peer) {
            AuthenticationStep::Done(done) => done,
            AuthenticationStep::Waits(waits) => waits.await,
        };
        match authenticated {
            Authenticated::NotAsked => Ok((request, None)),
            Authenticated::Refused(refusal) => Err(refusal),
            Authenticated::User(proof) => self.consumed(request, proof, tenant),
        }
    }

    fn consumed(
        &self,
        mut request: Message,
        proof: Proof,
        tenant: TenantIndex,
    ) -> Result<(Message, Option<AuthenticatedUser>), AuthenticationRefusal> {
        let Proof {
            user,
            header,
            of_others,
        } = proof;
        request.remove_headers(header);
        for value in of_others {
            // It stood there before, so there is room for it.
            if let Err(error) = request.append_header(header, value) {
                let (tenant, call_id) = self.about(tenant, &request);
                tracing::warn!(tenant, call_id, %error, %header, "a header field is omitted");
            }
        }
        Ok((request, Some(user)))
    }
}
