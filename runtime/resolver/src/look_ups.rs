//! Looking up names, with limits of its own.

use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError};

use evroute_tenant::TenantIndex;
use tokio::sync::Semaphore;

/// Look-ups at the same time, those of all tenants together. Each holds a thread until the system's
/// resolver gives up, half a minute where a name server is silent. Half of the threads that the
/// runtime has for such work, so that the rest of it goes on.
const LOOK_UPS_MAX: usize = 256;

/// Of those, the ones of one tenant: a peer of his who sends names that nobody answers for takes no
/// place from others.
const LOOK_UPS_OF_A_TENANT_MAX: usize = 32;

/// What answers for names.
type Find = dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync;

/// Who asks the system for the addresses of names.
pub(crate) struct LookUps {
    find: Arc<Find>,
    places: Arc<Semaphore>,
    /// No more than there are tenants.
    shares: Mutex<HashMap<TenantIndex, Arc<Semaphore>>>,
}

impl std::fmt::Debug for LookUps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LookUps")
    }
}

impl Default for LookUps {
    /// The system's resolver: A and AAAA, hosts file.
    fn default() -> Self {
        Self::by(|name, port| (name, port).to_socket_addrs().map(Iterator::collect))
    }
}

impl LookUps {
    /// Asks this instead of the system. It may block.
    pub(crate) fn by(
        find: impl Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            find: Arc::new(find),
            places: Arc::new(Semaphore::new(LOOK_UPS_MAX)),
            shares: Mutex::default(),
        }
    }

    /// The addresses of a name, once there is a place. May be dropped: its place is free when the
    /// resolver is done.
    pub(crate) async fn ask(
        &self,
        tenant: TenantIndex,
        name: &str,
        port: u16,
    ) -> io::Result<Vec<SocketAddr>> {
        // In this order: who waits for his tenant's places holds none of the others'.
        let of_tenant = self.share(tenant).acquire_owned().await;
        let of_all = Arc::clone(&self.places).acquire_owned().await;
        let (find, name) = (Arc::clone(&self.find), name.to_owned());
        let asked = tokio::task::spawn_blocking(move || {
            let found = find(&name, port);
            drop((of_tenant, of_all));
            found
        });
        asked.await.map_err(io::Error::other)?
    }

    fn share(&self, tenant: TenantIndex) -> Arc<Semaphore> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        let share = shares.entry(tenant);
        Arc::clone(share.or_insert_with(|| Arc::new(Semaphore::new(LOOK_UPS_OF_A_TENANT_MAX))))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::task::{Context, Waker};

    use super::*;

    #[tokio::test]
    async fn one_tenants_silent_names_take_threads_within_its_share_and_no_place_from_others() {
        let (answer, silence) = mpsc::channel::<()>();
        let silence = Mutex::new(silence);
        let look_ups = LookUps::by(move |name, port| {
            if name == "silent.example" {
                // Until the test is over.
                let _ = silence.lock().unwrap().recv();
            }
            Ok(vec![SocketAddr::from(([192, 0, 2, 1], port))])
        });
        let mut context = Context::from_waker(Waker::noop());
        let mut asked = Vec::new();
        for _ in 0..100 {
            let mut one = Box::pin(look_ups.ask(TenantIndex::new(0), "silent.example", 1));
            assert!(one.as_mut().poll(&mut context).is_pending());
            asked.push(one);
        }
        let taken = || LOOK_UPS_MAX - look_ups.places.available_permits();
        assert_eq!(taken(), LOOK_UPS_OF_A_TENANT_MAX);
        drop(asked);
        assert_eq!(
            taken(),
            LOOK_UPS_OF_A_TENANT_MAX,
            "whoever asked went away, the threads did not"
        );
        let other = look_ups.ask(TenantIndex::new(1), "b.example", 7);
        assert_eq!(
            other.await.unwrap(),
            [SocketAddr::from(([192, 0, 2, 1], 7))]
        );
        drop(answer);
    }
}
