use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::reach::{Forbidden, Reach};

/// Drops every address that may not be connected to. The connection is made to the very addresses that were checked, so a
/// name that resolves differently the next time gains nothing.
pub(super) struct GuardedResolver<R> {
    inner: R,
    reach: Reach,
}

impl<R> GuardedResolver<R> {
    pub(super) fn new(inner: R, reach: Reach) -> Self {
        Self { inner, reach }
    }
}

impl<R: Resolve> Resolve for GuardedResolver<R> {
    fn resolve(&self, name: Name) -> Resolving {
        let resolving = self.inner.resolve(name);
        let reach = self.reach;
        Box::pin(async move {
            let found: Vec<SocketAddr> = resolving.await?.collect();
            let permitted: Vec<SocketAddr> = found.iter().copied().filter(|found| reach.permits(found.ip())).collect();
            if permitted.is_empty() && !found.is_empty() {
                return Err(Forbidden::Address.into());
            }
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

/// Asks the system.
pub(super) struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(Box::new(found.collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}
