use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use parking_lot::Mutex;
use rustix::process::Pid;

/// Ports that nobody has now, and that nobody else in this process is given.
///
/// The program that one is meant for takes it only later. Until then the system may choose it again, for another test too,
/// which would then talk to this one's program.
pub(crate) fn free_ports<const N: usize>() -> [u16; N] {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    let mut given = GIVEN.lock();
    // Whatever the system chose is held until all are found, so that it chooses something else.
    let mut held = Vec::new();
    [(); N].map(|()| {
        loop {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
            let port = listener.and_then(|listener| {
                let port = listener.local_addr()?.port();
                held.push(listener);
                Ok(port)
            });
            let port = port.unwrap_or_else(|error: io::Error| panic!("there is no free port: {error}"));
            if given.insert(port) {
                return port;
            }
        }
    })
}

/// Whether a process itself accepts connections at a port of 127.0.0.1.
///
/// A connection would not tell: somebody else may have answered it. Nobody at all needs to: where a port is free, the system
/// may choose it for the connection's other end too, which is then connected to itself, and keeps the port from the program.
pub(crate) fn listens(process: Pid, port: u16) -> bool {
    let process = Path::new("/proc").join(process.as_raw_nonzero().to_string());
    let sockets = fs::read_to_string(process.join("net/tcp")).unwrap_or_default();
    let Some(socket) = sockets.lines().find_map(|line| listening_socket(line, port)) else { return false };
    let files = fs::read_dir(process.join("fd")).into_iter().flatten().flatten();
    let socket = format!("socket:[{socket}]");
    files.filter_map(|file| fs::read_link(file.path()).ok()).any(|target| target.as_os_str() == socket.as_str())
}

/// The number of the socket that a line is about, if it listens at that port.
///
/// Source: <https://docs.kernel.org/networking/proc_net_tcp.html>
fn listening_socket(line: &str, port: u16) -> Option<&str> {
    const LISTENS: &str = "0A";
    let mut fields = line.split_whitespace().skip(1);
    let (_, local_port) = fields.next()?.split_once(':')?;
    let listens = u16::from_str_radix(local_port, 16) == Ok(port) && fields.nth(1)? == LISTENS;
    listens.then(|| fields.nth(5)).flatten()
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use tokio::net::TcpSocket;

    use super::*;

    fn this_process() -> Pid {
        rustix::process::getpid()
    }

    #[test]
    fn no_port_is_given_twice() {
        let many = || (0..100).flat_map(|_| free_ports::<2>()).collect::<Vec<_>>();
        let ports = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(many)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(ports.len(), 800);
        assert_eq!(ports.iter().collect::<BTreeSet<_>>().len(), 800);
    }

    #[test]
    fn a_process_listens_where_it_listens_and_for_as_long() {
        let [port, other] = free_ports();
        assert!(!listens(this_process(), port));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        assert!(listens(this_process(), port) && !listens(this_process(), other));
        drop(listener);
        assert!(!listens(this_process(), port));
    }

    #[test]
    fn where_somebody_else_listens_a_process_does_not() {
        let [port] = free_ports();
        let _listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        let mut child = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
        assert!(!listens(Pid::from_child(&child), port));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!listens(Pid::from_child(&child), port));
    }

    #[tokio::test]
    async fn a_connection_to_itself_does_not_listen() {
        let [port] = free_ports();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(address).unwrap();
        let connection = socket.connect(address).await.unwrap();
        assert_eq!(connection.local_addr().unwrap(), connection.peer_addr().unwrap());
        assert!(!listens(this_process(), port));
    }
}
