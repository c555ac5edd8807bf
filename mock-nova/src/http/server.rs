//! Listening, serving, and stopping.
//!
//! Knows axum and sockets; what is served is handed in.

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use axum::Router;

/// How long requests in flight may still take once the server is told to stop.
const GRACE: Duration = Duration::from_millis(500);

/// Why an address cannot be listened on.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Somebody else listens there.
    #[error(
        "{0} is taken by another program; stop it, or choose another port with --listen (port 0 takes a free one)"
    )]
    Taken(SocketAddr),
    /// The system says no for another reason.
    #[error("cannot listen on {address}: {source}; choose another address with --listen")]
    Refused {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
}

/// Takes an address. From here on clients can connect, and wait until [`serve`] begins.
///
/// # Errors
/// If the address is taken or may not be listened on.
pub fn bind(address: SocketAddr) -> Result<TcpListener, BindError> {
    let refused = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::AddrInUse => BindError::Taken(address),
        _ => BindError::Refused { address, source },
    };
    let listener = TcpListener::bind(address).map_err(refused)?;
    listener.set_nonblocking(true).map_err(refused)?;
    Ok(listener)
}

/// Serves until `stop` is done, then for as long as requests are in flight, but no longer than half a second.
///
/// # Errors
/// If the system takes the socket away.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let (told, mut tell) = tokio::sync::watch::channel(false);
    let serving = axum::serve(axum::serve::ListenerExt::tap_io(listener, no_delay), router)
        .with_graceful_shutdown(async move {
            stop.await;
            let _ = told.send(true);
        });
    let overdue = async {
        let _ = tell.wait_for(|told| *told).await;
        // Waits on nothing, for as long as a request in flight may take.
        let _ = tokio::time::timeout(GRACE, std::future::pending::<()>()).await;
    };
    tokio::select! {
        ended = async { serving.await } => ended,
        () = overdue => Ok(()),
    }
}

/// Answers are small and written at once; waiting to fill a packet would only add latency.
fn no_delay(stream: &mut tokio::net::TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps Nagle's algorithm");
    }
}
